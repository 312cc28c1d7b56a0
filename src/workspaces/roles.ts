import { Problem } from '../errors.ts'

type Role = 'owner' | 'admin' | 'member'

const rank: Record<Role, number> = { member: 0, admin: 1, owner: 2 }

/** Nobody hands out more than they have. @throws Problem `forbidden` */
export function requireGrantable(own: Role, granted: Role): void {
  if (rank[granted] > rank[own]) {
    throw new Problem('forbidden', `The role “${own}” cannot give the role “${granted}”.`)
  }
}

/**
 * Whether `actor` may give `target` another role, or with null take them out: an admin does not touch owners, and the last
 * owner stays. @throws Problem `forbidden`, `wrong_state`
 */
export function requireChangeable(actor: Role, target: { role: Role; owners: number }, to: Role | null): void {
  if (rank[target.role] > rank[actor])
    throw new Problem('forbidden', `The role “${actor}” cannot change an ${target.role}.`)
  if (to !== null) requireGrantable(actor, to)
  if (target.role === 'owner' && to !== 'owner' && target.owners === 1) {
    throw new Problem('wrong_state', 'This is the last owner; make somebody else an owner first.')
  }
}
