import { Button, Group, Tabs, Text } from '@mantine/core'
import { IconArrowBackUp, IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { customerColumns } from '../customer/columns.tsx'
import { count } from '../format.ts'
import { FormProblem, MoreMenu, Pill } from '../parts/bits.tsx'
import { useEdited } from '../parts/edited.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { DataTable } from '../parts/table.tsx'
import { useAct, usePages } from '../query.ts'
import { DeleteSegment } from '../segments/delete-segment.tsx'
import { useRulesPreview } from '../segments/preview.ts'
import { RuleBuilder } from '../segments/rule-builder.tsx'
import { useRuleHistory } from '../segments/rule-history.ts'
import { SegmentDialog } from '../segments/segment-dialog.tsx'
import { asGroup, complete, ruleOf } from '../segments/tree.ts'
import { UsedBy } from '../segments/used-by.tsx'
import { WhoMatches } from '../segments/who-matches.tsx'

type Segment = Answer<'GET /segments/:id'>

/** A segment of rules: its rules with how many each matches, who they are, and what goes by it. */
export function RulesPage({ segment }: { segment: Segment }) {
  const [asking, setAsking] = useState<'edit' | 'delete' | null>(null)
  const stored = ruleOf(asGroup(segment.rules ?? { all: [] }))
  const history = useRuleHistory(stored)
  const { rules, undo } = history
  const preview = useRulesPreview(rules)
  const save = useAct('PATCH /segments/:id', { done: 'Rules saved', quiet: true })
  const params = { id: segment.id }
  const asked = complete(rules)
  const send = (version: number) => {
    if (asked === null) return
    save.mutate(
      { params, body: { rules: asked.rules }, ifMatch: version },
      {
        onSuccess: (saved) => {
          edited.saved(saved.version)
          history.begin(ruleOf(asGroup(asked.rules)))
        },
        onError: edited.refused,
      },
    )
  }
  const edited = useEdited(segment.version, {
    keep: send,
    take: async () => {
      const theirs = await api('GET /segments/:id', { params })
      history.change(ruleOf(asGroup(theirs.rules ?? { all: [] })))
      return theirs.version
    },
  })
  const changed = JSON.stringify(rules) !== JSON.stringify(stored)
  const [base, setBase] = useState({ version: segment.version, rules: stored })
  if (segment.version !== base.version) {
    setBase({ version: segment.version, rules: stored })
    // Somebody else saved: who has changed nothing here sees theirs, and has nothing to save.
    if (JSON.stringify(rules) === JSON.stringify(base.rules)) {
      history.begin(stored)
      edited.saved(segment.version)
    }
  }
  return (
    <Page
      title={segment.name}
      back={{ to: '/segments', label: 'Segments' }}
      actions={
        <Group gap={8}>
          {undo && (
            <Button
              variant="default"
              leftSection={<IconArrowBackUp size={16} />}
              onClick={undo}
              aria-keyshortcuts="Control+Z"
            >
              Undo
            </Button>
          )}
          {changed && (
            <Button variant="default" onClick={() => history.change(stored)}>
              Discard
            </Button>
          )}
          {changed && (
            <Button loading={save.isPending} disabled={asked === null} onClick={() => send(edited.version)}>
              Save rules
            </Button>
          )}
          <MoreMenu
            label="More actions"
            entries={[
              { label: 'Edit name', icon: <IconPencil size={16} />, run: () => setAsking('edit') },
              { label: 'Delete…', icon: <IconTrash size={16} />, run: () => setAsking('delete'), danger: true },
            ]}
          />
        </Group>
      }
    >
      <Group gap={8} mb={12}>
        <Pill tone="accent">By rules</Pill>
        <Text c="dimmed">
          {segment.customers === null ? (
            'Too many to count in a moment'
          ) : (
            <PeopleCount
              n={segment.customers}
              who={`in ${segment.name}`}
              to={`/customers?segmentId=${segment.id}`}
              words
            />
          )}
          {segment.description && ` · ${segment.description}`}
        </Text>
      </Group>
      <FormProblem text={edited.notice ? null : save.error?.message} />
      {edited.notice && <div style={{ marginBottom: 12 }}>{edited.notice}</div>}
      <Tabs defaultValue="rules" keepMounted={false}>
        <Tabs.List mb={12}>
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
          <Tabs.Tab value="customers">Customers</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="rules">
          <div className="tl-segment">
            <div className="tl-card" style={{ padding: 16 }}>
              <RuleBuilder rules={rules} preview={preview} onChange={history.change} />
              {changed && segment.usedBy > 0 && (
                <Text size="sm" c="dimmed" mt={12}>
                  Saving changes who enters the {count(segment.usedBy)} that go by it from now on.
                </Text>
              )}
            </div>
            <WhoMatches preview={preview} />
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="customers">
          <Customers segment={segment} />
        </Tabs.Panel>
      </Tabs>
      <UsedBy segment={segment} />
      {asking === 'edit' && (
        <SegmentDialog
          segment={segment}
          onClose={() => setAsking(null)}
          onSaved={(saved) => {
            edited.saved(saved.version)
            setAsking(null)
          }}
        />
      )}
      {asking === 'delete' && (
        <DeleteSegment segment={segment} effect="The customers stay." onClose={() => setAsking(null)} />
      )}
    </Page>
  )
}

function Customers({ segment }: { segment: Segment }) {
  const members = usePages('GET /segments/:id/customers', { params: { id: segment.id }, query: { limit: 100 } })
  return (
    <div className="tl-card">
      <DataTable
        label={`Customers in ${segment.name}`}
        list={members}
        columns={customerColumns()}
        idOf={(customer) => customer.id}
        href={(customer) => `/customers/${customer.id}`}
        empty={<Empty title="Nobody matches now">Who matches the saved rules shows here.</Empty>}
      />
    </div>
  )
}
