import { Kbd, Modal, Text } from '@mantine/core'
import { Fragment } from 'react'

/** A key or several (` · ` between alternatives), and what they do. */
export type KeyLine = readonly [keys: string, does: string]

const everywhere: KeyLine[] = [
  ['Ctrl K', 'Go anywhere, or do something'],
  ['G then H', 'Home'],
  ['G then C', 'Campaigns'],
  ['G then U', 'Customers'],
  ['G then S', 'Segments'],
  ['G then T', 'Templates'],
  ['G then P', 'Products'],
  ['[', 'Fold the sidebar'],
  ['Ctrl Enter', 'Submit a dialog'],
  ['Esc', 'Close what lies on top'],
  ['?', 'These keys'],
]
const tables: KeyLine[] = [
  ['J · K', 'Next row · the one before; the arrows do the same'],
  ['Enter', 'Open the row'],
  ['X', 'Choose the row; with Shift up to here'],
  ['/', 'Search the list'],
  ['E', 'Done, in the tasks'],
]

const isMac = /Mac/.test(navigator.userAgent)
const named = (key: string): string => (isMac ? key.replace('Ctrl', '⌘').replace('Alt', '⌥') : key)

/** The sheet that `?` shows: the keys of every page, or those of the place that one is at. */
export function KeySheet({
  onClose,
  title = 'Keys',
  parts = [
    ['Everywhere', everywhere],
    ['Lists', tables],
  ],
}: {
  onClose(): void
  title?: string
  parts?: readonly (readonly [name: string, lines: readonly KeyLine[]])[]
}) {
  return (
    <Modal opened onClose={onClose} title={title} size={840}>
      <div className="tl-keys">
        {parts.map(([name, lines]) => (
          <section key={name} aria-label={name}>
            <Text size="xs" fw={600} c="dimmed" mb={4}>
              {name}
            </Text>
            <dl>
              {lines.map(([keys, does]) => (
                <Fragment key={keys}>
                  <dt>
                    <Keys keys={keys} />
                  </dt>
                  <dd>{does}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  )
}

/** `Ctrl Z · Ctrl Y` as keys; small words between them stay words. */
function Keys({ keys }: { keys: string }) {
  return (
    <>
      {keys.split(' ').map((part, index) =>
        /^(·|then|or|Tab,|arrows|drag)$/.test(part) ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
          <span key={index} className="tl-muted">
            {part}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
          <Kbd key={index} size="xs">
            {named(part)}
          </Kbd>
        ),
      )}
    </>
  )
}
