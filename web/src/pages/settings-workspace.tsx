import { Button, Group, NumberInput, Select, Stack, Switch, Textarea, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { type Answer, api } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Show } from '../parts/page.tsx'
import { WhoCan } from '../parts/who-can.tsx'
import { zonesWith } from '../parts/zones.ts'
import { queryClient, showRefusal, toast, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'

type Workspace = Answer<'GET /workspace'>

/** Name, postal address, zone, caps, and the red switch. */
export function WorkspaceSection() {
  const workspace = useApi('GET /workspace')
  return (
    <Show of={workspace}>
      {(found) => (
        <Stack>
          <WorkspaceForm workspace={found} />
          <StopSending workspace={found} />
        </Stack>
      )}
    </Show>
  )
}

const valuesOf = (workspace: Workspace) => ({
  name: workspace.name,
  postalAddress: workspace.postalAddress ?? '',
  timezone: workspace.timezone,
  frequencyCapPerDay: workspace.frequencyCapPerDay ?? ('' as number | string),
  trackingConsentDefault: workspace.trackingConsentDefault,
  '': '',
})

function WorkspaceForm({ workspace }: { workspace: Workspace }) {
  const can = useCan()
  const form = useForm({ initialValues: valuesOf(workspace) })
  const save = async (version: number) => {
    const { postalAddress, frequencyCapPerDay, '': _, ...rest } = form.getValues()
    const cap = frequencyCapPerDay === '' ? null : Number(frequencyCapPerDay)
    const body = { ...rest, postalAddress: postalAddress.trim() || null, frequencyCapPerDay: cap }
    try {
      const saved = await api('PATCH /workspace', { body, ifMatch: version })
      edited.saved(saved.version)
      toast('Workspace saved')
    } catch (problem) {
      const names = ['name', 'postalAddress', 'timezone', 'frequencyCapPerDay', 'trackingConsentDefault']
      if (!edited.refused(problem)) showRefusal(form, problem, names)
    }
    void queryClient.invalidateQueries()
  }
  const edited = useEdited(workspace.version, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /workspace')
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  const fixed = !can('workspace.write')
  return (
    <form onSubmit={submit} onInvalid={showInvalid(form)} className="tl-card" style={{ padding: 20, maxWidth: 640 }}>
      <Stack>
        <FormProblem text={form.errors[''] as string | undefined} />
        {edited.notice}
        {fixed && <WhoCan deed="change these" />}
        <TextInput
          label="Name"
          description="Of your organisation; in messages it is {{org.name}}."
          required
          readOnly={fixed}
          {...form.getInputProps('name')}
        />
        <Textarea
          label="Postal address"
          description="Stands in the footer of real email. The law asks for it, and no campaign sends real email without it."
          autosize
          minRows={2}
          readOnly={fixed}
          {...form.getInputProps('postalAddress')}
        />
        <Select
          label="Time zone"
          description="For customers whose own zone is not known."
          data={zonesWith(workspace.timezone)}
          searchable
          limit={60}
          allowDeselect={false}
          readOnly={fixed}
          {...form.getInputProps('timezone')}
        />
        <NumberInput
          label="Messages a day for one customer"
          description="At most so many marketing messages in a day of theirs, over all campaigns and channels; the next is passed over. Empty: any number."
          placeholder="Any number"
          min={1}
          clampBehavior="none"
          allowDecimal={false}
          readOnly={fixed}
          {...form.getInputProps('frequencyCapPerDay')}
        />
        <Select
          label="Open tracking of customers who never said"
          description="Whether each open is noted for the person when they neither agreed nor objected. In the EU, individual open tracking needs consent first."
          data={[
            { value: 'yes', label: 'Track opens' },
            { value: 'no', label: 'Do not track opens' },
          ]}
          allowDeselect={false}
          readOnly={fixed}
          {...form.getInputProps('trackingConsentDefault')}
        />
        {!fixed && (
          <Group>
            <Button type="submit" loading={form.submitting}>
              Save workspace
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}

function StopSending({ workspace }: { workspace: Workspace }) {
  const stop = useAct('POST /workspace/stop-sending', {
    done: (after) => (after.stopSending ? 'All sending stopped' : 'Sending goes on'),
  })
  return (
    <div className="tl-card" style={{ padding: 20, maxWidth: 640 }}>
      <Title order={2} mb={6}>
        Stop all sending
      </Title>
      <Switch
        color="red"
        label={workspace.stopSending ? 'All sending is stopped' : 'Nothing is stopped'}
        description="While on, no message is handed to any provider, whatever a campaign says. Messages wait."
        checked={workspace.stopSending}
        onChange={(event) => stop.mutate({ body: { on: event.currentTarget.checked } })}
      />
    </div>
  )
}
