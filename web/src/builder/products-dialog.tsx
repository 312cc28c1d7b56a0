import { Modal } from '@mantine/core'
import type { Answer } from '../api.ts'
import { ProductsTab } from '../pages/campaign-products.tsx'

/** Link Products: which the campaign sells, and the one that `{{product.*}}` stands for. Saved at once. */
export default function ProductsDialog({
  campaign,
  onClose,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  onClose(): void
}) {
  return (
    <Modal opened onClose={onClose} title="Link products" size="lg">
      <ProductsTab campaign={campaign} />
    </Modal>
  )
}
