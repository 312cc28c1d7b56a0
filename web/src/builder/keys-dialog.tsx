import { Modal, Table } from '@mantine/core'
import { keySheet } from './keyboard.ts'

/** The sheet that `?` shows. */
export default function KeysDialog({ onClose }: { onClose(): void }) {
  return (
    <Modal opened onClose={onClose} title="Keys of the builder">
      <Table>
        <Table.Tbody>
          {keySheet.map(([keys, does]) => (
            <Table.Tr key={keys}>
              <Table.Td>
                <b>{keys}</b>
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
