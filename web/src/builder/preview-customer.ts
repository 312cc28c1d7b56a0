import { useLocalStorage } from '@mantine/hooks'
import type { Picked } from './customer-picker.tsx'

/** The customer as whom messages are previewed; the same in all drawers of a campaign, and after a reload. */
export function usePreviewCustomer(campaignId: string): [Picked | null, (customer: Picked | null) => void] {
  const [customer, setCustomer] = useLocalStorage<Picked | null>({
    key: `throughline-preview-${campaignId}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  })
  return [customer, setCustomer]
}
