/** What each role may do, in a sentence that goes on after its name. */
export const roleWords = {
  member: 'runs campaigns and works with customers, segments, products and templates',
  admin: 'also invites people, connects senders, makes API keys and re-enrolls',
  owner: 'may do everything, also decide who else is an owner',
} as const
