/**
 * Who may do what: one table, role by action. Routes name an action; the server refuses with `forbidden` before the handler runs.
 * PRODUCT §8: `member` runs campaigns and the CRM; `admin` adds members, credentials, re-enrollment and API keys; `owner` may delete the workspace.
 */
export const leastRole = {
  'workspace.read': 'member',
  'workspace.write': 'admin',
  'workspace.delete': 'owner',
  'workspace.stop-sending': 'member',
  'demo.manage': 'admin',
  'members.read': 'member',
  'members.manage': 'admin',
  'api-keys.manage': 'admin',
  'audit.read': 'admin',
  'credentials.read': 'member',
  'credentials.manage': 'admin',
  'customers.read': 'member',
  'customers.write': 'member',
  'customers.erase': 'admin',
  'segments.read': 'member',
  'segments.write': 'member',
  'products.read': 'member',
  'products.write': 'member',
  'templates.read': 'member',
  'templates.write': 'member',
  'campaigns.read': 'member',
  'campaigns.write': 'member',
  'campaigns.run': 'member',
  'campaigns.re-enroll': 'admin',
  'messages.read': 'member',
  'messages.write': 'member',
  'suppressions.read': 'member',
  'suppressions.add': 'member',
  'suppressions.lift': 'admin',
  'tasks.read': 'member',
  'tasks.write': 'member',
  'sandbox.use': 'member',
  'ai.generate': 'member',
  'ai.manage': 'admin',
  'webhooks.manage': 'admin',
} as const satisfies Record<string, Role>

export type Role = 'owner' | 'admin' | 'member'
export type Action = keyof typeof leastRole

const rank: Record<Role, number> = { member: 0, admin: 1, owner: 2 }

/** Whether a role may do an action. */
export const allows = (role: Role, action: Action): boolean => rank[role] >= rank[leastRole[action]]
