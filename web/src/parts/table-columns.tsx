import { ActionIcon, Checkbox, Popover, Stack, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconColumns3 } from '@tabler/icons-react'
import type { Column } from './table.tsx'

/** What a column is remembered by. */
export const columnId = (column: { id?: string; title: string }): string => column.id ?? column.title

interface Choice {
  shown: ReadonlySet<string>
  onChange(id: string, wanted: boolean): void
}

/**
 * The columns that are shown: the first one always, of the others those that somebody chose. What is remembered is each choice that was
 * made, so that a column that is new appears as it is meant to.
 */
export function useShownColumns<Row>(
  all: Column<Row>[],
  name: string | undefined,
): { columns: Column<Row>[]; choice: Choice } {
  const [made, setMade] = useLocalStorage<Record<string, boolean>>({
    key: `throughline-columns-${name ?? 'none'}`,
    defaultValue: {},
    getInitialValueInEffect: false,
  })
  const isShown = (column: Column<Row>, index: number) => index === 0 || (made[columnId(column)] ?? !column.off)
  const columns = name === undefined ? all.filter((column) => !column.off) : all.filter(isShown)
  return {
    columns,
    choice: {
      shown: new Set(columns.map(columnId)),
      onChange: (id, wanted) => setMade((was) => ({ ...was, [id]: wanted })),
    },
  }
}

/** The button at the end of a header under which columns are chosen. */
export function ColumnChooser<Row>({ columns, choice }: { columns: Column<Row>[]; choice: Choice }) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon aria-label="Choose columns" size={28}>
          <IconColumns3 size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        <Text size="sm" fw={600} mb={8}>
          Columns
        </Text>
        <Stack gap={8}>
          {columns.slice(1).map((column) => (
            <Checkbox
              key={columnId(column)}
              size="xs"
              label={column.title}
              checked={choice.shown.has(columnId(column))}
              onChange={(event) => choice.onChange(columnId(column), event.currentTarget.checked)}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
