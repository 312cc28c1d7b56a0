/**
 * What each number of the analytics means: the one source of the words in the app, in the API's answers and in docs/analytics.md. Each
 * says what is counted and what a share is a share of.
 */
export const definitions = {
  enrolled:
    'Passages that began in the range: customers who entered the campaign. Who was held out is not among them and is shown apart.',
  sent: 'Of those, who was sent at least one message: a provider took it over. A message of unknown fate counts as sent and is shown apart, too.',
  delivered: 'Who was sent at least one message that did not bounce.',
  opened:
    'Who opened a delivered message. A click or a reply implies it. Opens by machines (mail gateways, privacy proxies) are counted apart.',
  clicked: 'Who followed a link in a delivered message. Clicks by machines (link scanners) are counted apart.',
  replied:
    'Who replied to a delivered message. Automatic replies do not count. The share is of delivered, not of clicked.',
  handoff: 'Who ended at a handoff: a person of your team took over. It may happen without a reply.',
  unconfirmed:
    'Messages whose fate is unknown: the connection broke after the whole message was handed over. They count as sent and are never sent again by themselves.',
  skipped: 'Messages that were not sent, by reason; their customers went on by the default way out.',
  holdout:
    'Customers who were held out: enrolled to compare with and never written to. They are in no stage of the funnel.',
  inside: 'Passages of the range that have not ended yet.',
  exits:
    'Passages of the range that ended, by the reason of their end. With those still inside they add up to enrolled and held out.',
  machineOpened: 'Customers with a message that a machine opened: a gateway or a proxy that loads every picture.',
  machineClicked: 'Customers with a message of which a machine followed a link: a scanner that follows every link.',
  messages:
    'The same stages counted in messages rather than customers, each by its own product: the step’s, else the campaign’s primary one.',
  links:
    'Customers who followed a link, by its address without what comes after a question mark. Each counts once for a link and step.',
  timeToReply:
    'From the moment a message was sent to the reply. Half of the replies came within the median. Right to five percent.',
  here: 'Customers who stand at the step now.',
  passed: 'Customers who have left the step, by whichever way. Each counts once.',
  came: 'Customers who came to the step: who has left it, and who stands or ended there.',
  ended: 'Customers whose passage ended at the step.',
  dropOff:
    'Of those who came to a step that leads on, how many ended there instead. Who stands there now is not lost; steps that are the end of the way have no drop-off.',
  errors: 'Customers who stand at the step with an error and wait for a retry or a person.',
  share: 'Of those who left the step, how many took this way.',
  series: 'By the day of enrolling, in the workspace’s time zone: how far the customers got who entered on that day.',
  calendar:
    'Messages by the day on which they were sent, in the workspace’s time zone, whenever their customers were enrolled. Ahead: customers whose wait or deadline ends on that day, and written messages that may leave then, of everybody inside; whether a step then sends is decided then.',
  previous:
    'The range of the same length just before, by the same filters. Its customers had longer to open, click and reply, so a number of the newest days still grows.',
  comparison:
    'The difference between two branches of a random split, with an interval that holds the true one with 95 % certainty however often you look (a confidence sequence). “Likely better” is said only when the interval leaves out zero.',
  shareCheck:
    'Whether the branches got the customers that their weights promise. A share that is off for other reasons than chance makes the comparison worthless. Raised in error once in a thousand splits, however often you look.',
  lift: 'How many more of the customers who were written to reached the goal than of those held out, with an interval that holds however often you look.',
} as const
