import type { CustomerValues } from './customer.ts'

/** What a survivor holds after a merge: their own values, the loser's where they have none, tags together; a refused consent stays refused. */
export function mergedValues(survivor: CustomerValues, loser: CustomerValues): CustomerValues {
  return {
    externalId: survivor.externalId ?? loser.externalId,
    email: survivor.email ?? loser.email,
    firstName: survivor.firstName ?? loser.firstName,
    lastName: survivor.lastName ?? loser.lastName,
    phone: survivor.phone ?? loser.phone,
    telegramChatId: survivor.telegramChatId ?? loser.telegramChatId,
    linkedinUrl: survivor.linkedinUrl ?? loser.linkedinUrl,
    language: survivor.language ?? loser.language,
    country: survivor.country ?? loser.country,
    timezone: survivor.timezone ?? loser.timezone,
    tags: [...new Set([...survivor.tags, ...loser.tags])],
    attributes: { ...loser.attributes, ...survivor.attributes },
    companyId: survivor.companyId ?? loser.companyId,
    claimedBy: survivor.claimedBy ?? loser.claimedBy,
    trackingConsent:
      survivor.trackingConsent === 'no' || loser.trackingConsent === 'no'
        ? 'no'
        : (survivor.trackingConsent ?? loser.trackingConsent),
  }
}
