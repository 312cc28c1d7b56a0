import { Button, Group, Modal, Radio, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useRef, useState } from 'react'
import { type Answer, api } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { queryClient, showRefusal, toast } from '../query.ts'
import { starters } from './tree.ts'

type Segment = Answer<'GET /segments/:id'>

/** Makes a segment, or changes its name and description. */
export function SegmentDialog({
  segment,
  only,
  onClose,
  onSaved,
}: {
  segment: Segment | null
  /** A new one can only be a list: a step is to put people into it. */
  only?: 'static'
  onClose(): void
  onSaved(segment: Segment): void
}) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: { name: segment?.name ?? '', description: segment?.description ?? '', '': '' },
  })
  const [kind, setKind] = useState<'static' | 'dynamic'>(only ?? 'dynamic')
  const [starter, setStarter] = useState(starters[0]?.label ?? '')
  const save = async (version: number) => {
    const { name, description } = form.getValues()
    const body = { name, description: description.trim() || null }
    const rules = starters.find(({ label }) => label === starter)?.rules
    try {
      const saved = segment
        ? await api('PATCH /segments/:id', { params: { id: segment.id }, body, ifMatch: version })
        : await api('POST /segments', {
            body: { ...body, kind, ...(kind === 'dynamic' && rules && { rules }) },
            idempotencyKey: key.current,
          })
      void queryClient.invalidateQueries()
      toast(segment ? 'Segment saved' : 'Segment created')
      onSaved(saved)
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      if (!edited.refused(problem)) showRefusal(form, problem, ['name', 'description'])
    }
  }
  const edited = useEdited(segment?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /segments/:id', { params: { id: segment?.id ?? '' } })
      form.setValues({ name: theirs.name, description: theirs.description ?? '' })
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  return (
    <Modal opened onClose={onClose} title={segment ? 'Edit segment' : 'New segment'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          {segment === null && only === undefined && (
            <Radio.Group label="Who is in it" value={kind} onChange={(next) => setKind(next as typeof kind)}>
              <Stack gap={8} mt={6}>
                <Radio value="dynamic" label="Whoever matches rules" description="People come and go by themselves." />
                <Radio value="static" label="A list" description="Kept by hand, by imports or by campaign steps." />
              </Stack>
            </Radio.Group>
          )}
          {segment === null && kind === 'dynamic' && (
            <Select
              label="People who…"
              description="To begin with; change it on the next page."
              data={starters.map(({ label }) => label)}
              value={starter}
              allowDeselect={false}
              onChange={(next) => setStarter(next ?? starter)}
            />
          )}
          <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {segment ? 'Save' : 'Create segment'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
