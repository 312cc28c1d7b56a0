import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { type Answer, api } from '../api.ts'
import { queryClient, showRefusal, toast } from '../query.ts'
import { FormProblem } from './bits.tsx'
import { useMembers } from './choices.ts'
import { useEdited } from './edited.tsx'
import { showInvalid } from './invalid.ts'

type Campaign = Pick<Answer<'GET /campaigns/:id'>, 'id' | 'name' | 'description' | 'ownerId' | 'version'>

/** Name, description and owner of a campaign, in a dialog. */
export function RenameDialog({ campaign, onClose }: { campaign: Campaign; onClose(): void }) {
  return (
    <Modal opened onClose={onClose} title="Edit campaign">
      <CampaignForm campaign={campaign} onDone={onClose} onCancel={onClose} />
    </Modal>
  )
}

/** Changes name, description and owner of a campaign. */
export function CampaignForm({
  campaign,
  onDone = () => {},
  onCancel,
}: {
  campaign: Campaign
  onDone?: () => void
  onCancel?: () => void
}) {
  const members = useMembers()
  const params = { id: campaign.id }
  const valuesOf = ({ name, description, ownerId }: Campaign) => ({ name, description, ownerId, '': '' })
  const form = useForm({ initialValues: valuesOf(campaign) })
  const save = async (version: number) => {
    const { '': _, ...body } = form.getValues()
    try {
      const after = await api('PATCH /campaigns/:id', { params, body, ifMatch: version })
      edited.saved(after.version)
      void queryClient.invalidateQueries()
      toast('Campaign changed')
      onDone()
    } catch (problem) {
      void queryClient.invalidateQueries()
      if (!edited.refused(problem)) showRefusal(form, problem, ['name', 'description', 'ownerId'])
    }
  }
  const edited = useEdited(campaign.version, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /campaigns/:id', { params })
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  return (
    <form onSubmit={submit} onInvalid={showInvalid(form)}>
      <Stack>
        <FormProblem text={form.errors[''] as string | undefined} />
        {edited.notice}
        <TextInput
          label="Name"
          required
          data-autofocus={onCancel !== undefined || undefined}
          {...form.getInputProps('name')}
        />
        <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
        <Select label="Owner" data={members} searchable clearable {...form.getInputProps('ownerId')} />
        <Group justify={onCancel ? 'flex-end' : 'flex-start'}>
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button type="submit" loading={form.submitting}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
