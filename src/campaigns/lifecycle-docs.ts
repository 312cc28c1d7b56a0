import { actions, type Deed, meanings, type Status, statuses } from './lifecycle.ts'

const cell = (deed: Deed, status: Status): string => {
  const action = actions[deed]
  if (!(action.from as readonly Status[]).includes(status)) return '409'
  return 'to' in action ? `→ ${action.to}` : 'yes'
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** docs/lifecycle.md as it should be: the table of lifecycle.ts for people. */
export function lifecycleDocs(): string {
  const asked = (Object.keys(actions) as Deed[]).flatMap((deed) =>
    Object.entries(actions[deed].asked).map(([request, name]) =>
      row([
        name,
        `\`${request}\``,
        actions[deed].least === 'member' ? 'everybody' : 'admins and owners',
        ...statuses.map((status) => cell(deed, status)),
      ]),
    ),
  )
  return `<!-- Written by src/campaigns/generate-lifecycle-docs.ts (npm run generate); do not edit. -->
# The life of a campaign

| status | enrolls | customers inside |
| --- | --- | --- |
${statuses.map((status) => row([status, meanings[status].enrolls, meanings[status].inside])).join('\n')}

A status is looked at where it counts: in the transaction that enrolls a chunk of customers, moves a batch of them, or commits to hand a
message over, under a lock that every change of status waits for. So once a pause has been answered, nothing moves and nothing more is
handed over; what a provider already held is counted in \`inHand\`.

## What can be asked, in which status, by whom

“→” is the status it leads to. “409” is refused with \`wrong_state\`, which says the \`state\` and what is \`allowed\` in it. Whoever lacks the
role is refused with 403 \`forbidden\`, whatever the status; another workspace’s campaign is a 404. A test asks every one of these over
HTTP, in each status with each role.

${row(['action', 'request', 'who', ...statuses])}
${row(['---', '---', '---', ...statuses.map(() => '---')])}
${asked.join('\n')}

Reading, Simulate, validation and the pre-flight are possible in every status. Every move is kept: who, when, from, to and with which
choice (\`GET /campaigns/:id/moves\`, and the campaign’s page).

## Pausing and going on

Only active time counts. While paused, a run shows the time that remains (\`remainingMs\`) instead of a date. \`GET /campaigns/:id/resume-preview\`
says how many customers are overdue by the wall clock, where they stand, and how many go on at once with either choice; how many messages
go out at once and how long their slowest sender takes (what is queued, and the next message of those who go on, where no wait comes before
it); and how many customers enter, by firings that the pause holds and because they match by now. \`GET /campaigns/:id/complete-preview\`
estimates when the last of those inside are through: what is left of their wait and the longest way after it, limits and send windows of
senders aside. Of whom it cannot be told it says so, by step: they stand at an error, wait for something without a time limit, or have a
wait of unknown length before them. Resume, and Complete of a paused campaign, take:

| \`waits\` | waits and reply windows | waits until a date or a time of day |
| --- | --- | --- |
| \`keep\` (default) | count on from where they stood | keep their date |
| \`continue\` | the pause counts as elapsed | keep their date |

With \`spreadHours\`, those who are overdue then go on evenly over so many hours instead of at once; everybody else is not held up. A
firing that was under way is held by a pause and goes on from its cursor; completing or archiving ends it \`stopped\`.

An event that arrives while paused takes effect on resume. An unsubscribe or a bounce is on the suppression list at once.
`
}
