import type { Keyring } from '../keyring.ts'

/** The row that a webhook's secret is sealed for; it opens nowhere else. */
interface SecretPlace {
  workspaceId: number
  id: string
}

const placeOf = ({ workspaceId, id }: SecretPlace): string => `${workspaceId}|trigger|secret|${id}`

/** Encrypts a webhook's secret for its row. */
export const sealSecret = (keys: Keyring, place: SecretPlace, secret: string): string =>
  keys.encrypt(secret, placeOf(place))

/** Decrypts it. @throws Error when it was moved or its key is gone */
export const openSecret = (keys: Keyring, place: SecretPlace, sealed: string): string =>
  keys.decrypt(sealed, placeOf(place))
