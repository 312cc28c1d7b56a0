import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Answer } from '../api.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useAct } from '../query.ts'
import { UsedBy } from './used-by.tsx'

/** Deletes a segment; one that is in use is not deleted, and what uses it is listed. `effect` says what becomes of its customers. */
export function DeleteSegment({
  segment,
  effect,
  onClose,
}: {
  segment: Answer<'GET /segments/:id'>
  effect: string
  onClose(): void
}) {
  const navigate = useNavigate()
  const remove = useAct('DELETE /segments/:id', {
    done: `“${segment.name}” deleted`,
    after: () => {
      onClose()
      void navigate({ to: '/segments' })
    },
  })
  if (segment.usedBy > 0) {
    return (
      <Modal opened onClose={onClose} title={`“${segment.name}” is in use`}>
        <Stack gap={8}>
          <Text>It is not deleted while these go by it. Choose another segment there first.</Text>
          <UsedBy segment={segment} />
          <Group justify="flex-end">
            <Button onClick={onClose}>Close</Button>
          </Group>
        </Stack>
      </Modal>
    )
  }
  return (
    <Confirm
      opened
      title={`Delete “${segment.name}”?`}
      deed="Delete segment"
      danger
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ params: { id: segment.id } })}
    >
      {effect}
    </Confirm>
  )
}
