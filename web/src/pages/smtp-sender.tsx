import { Alert, Button, Group, Loader, Modal, Stack, Stepper, Text, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { type Answer, ApiProblem, api, type Item } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { SaveAndTest } from '../parts/connection-card.tsx'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { fieldErrors, queryClient, showRefusal, toast, toastProblem } from '../query.ts'
import type { SenderDialogProps } from './chat-senders.tsx'
import { DomainChecks } from './domain-checks.tsx'
import { ConnectionFields, ProviderChoice, SenderFields, smtpBody, smtpSteps, smtpValues } from './smtp-fields.tsx'

/** Connects an SMTP account in three steps, or changes one in a form. */
export function SmtpDialog({ credential, ...rest }: SenderDialogProps) {
  return credential ? <EditSmtp credential={credential} {...rest} /> : <ConnectSmtp {...rest} />
}

/** Tells what a test found that was made right after saving. */
async function testSaved(id: string): Promise<void> {
  const tested = await api('POST /credentials/:id/test', { params: { id } })
  if (tested.ok) toast('Saved, and it works: the server took the login')
  else toastProblem(`Saved, but it does not work yet: ${tested.detail}`)
}

const allFields = smtpSteps.flat()

function EditSmtp({
  credential,
  onClose,
  onMade,
}: Omit<SenderDialogProps, 'credential'> & { credential: Item<'GET /credentials'> }) {
  const params = { id: credential.id }
  const [seen, setSeen] = useState(credential)
  const form = useForm({ initialValues: smtpValues(credential) })
  const save = async (version: number) => {
    try {
      const body = smtpBody(form.getValues(), seen)
      const saved = await api('PATCH /credentials/:id', { params, body, ifMatch: version })
      edited.saved(saved.version ?? version)
      await testSaved(saved.id)
      onMade?.(saved.id)
      onClose()
    } catch (problem) {
      if (!edited.refused(problem)) showRefusal(form, problem, allFields)
    }
    void queryClient.invalidateQueries()
  }
  const edited = useEdited(credential.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /credentials/:id', { params })
      setSeen(theirs)
      form.setValues(smtpValues(theirs))
      return theirs.version ?? 0
    },
  })
  return (
    <Modal opened onClose={onClose} title="Edit sender" size="lg">
      <form onSubmit={form.onSubmit(() => save(edited.version))} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <SenderFields form={form} />
          <ConnectionFields form={form} credential={seen} />
          <SaveAndTest busy={form.submitting} onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}

function ConnectSmtp({ onClose, onMade }: Omit<SenderDialogProps, 'credential'>) {
  const key = useRef(crypto.randomUUID())
  const [step, setStep] = useState(0)
  const [tested, setTested] = useState<Answer<'POST /credentials/test'> | 'testing' | null>(null)
  const form = useForm({ initialValues: smtpValues(null) })
  /** Shows a refusal where its field is. */
  const refused = (problem: unknown) => {
    const errors = fieldErrors(problem, allFields)
    const at = smtpSteps.findIndex((fields) => fields.some((field) => errors[field]))
    if (at >= 0) setStep(at)
    showRefusal(form, problem, allFields)
  }
  const test = async () => {
    setTested('testing')
    try {
      const body = { type: 'smtp' as const, ...smtpBody(form.getValues(), null) }
      setTested(await api('POST /credentials/test', { body }))
    } catch (problem) {
      setTested(null)
      if (problem instanceof ApiProblem && problem.errors.length > 0) refused(problem)
      else setTested({ ok: false, detail: problem instanceof Error ? problem.message : String(problem) })
    }
  }
  const next = form.onSubmit(() => {
    form.clearErrors()
    setStep(step + 1)
    if (step === 1) void test()
  })
  const save = form.onSubmit(async (values) => {
    try {
      const body = { type: 'smtp' as const, ...smtpBody(values, null) }
      const saved = await api('POST /credentials', { body, idempotencyKey: key.current })
      await testSaved(saved.id)
      onMade?.(saved.id)
      onClose()
    } catch (problem) {
      key.current = crypto.randomUUID()
      refused(problem)
    }
    void queryClient.invalidateQueries()
  })
  const { host, senderEmail } = form.values
  return (
    <Modal opened onClose={onClose} title="Connect an email account" size="lg">
      <form onSubmit={step < 2 ? next : save} onInvalid={showInvalid(form)}>
        <Stepper active={step} onStepClick={(to) => to < step && setStep(to)} size="xs" mb={8}>
          <Stepper.Step label="Server" />
          <Stepper.Step label="Sender" />
          <Stepper.Step label="Check" />
        </Stepper>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {step === 0 && (
            <>
              <ProviderChoice form={form} />
              <ConnectionFields form={form} credential={null} />
            </>
          )}
          {step === 1 && <SenderFields form={form} />}
        </Stack>
        {step === 2 && (
          <Stack>
            <Tested found={tested} again={() => void test()} />
            <Title order={3}>Will it be trusted?</Title>
          </Stack>
        )}
        {step < 2 && (
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={step === 0 ? onClose : () => setStep(step - 1)}>
              {step === 0 ? 'Cancel' : 'Back'}
            </Button>
            <Button type="submit">Next</Button>
          </Group>
        )}
      </form>
      {step === 2 && (
        <Stack mt={8}>
          <DomainChecks senderEmail={senderEmail} host={host} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setStep(1)}>
              Back
            </Button>
            <Button loading={form.submitting} onClick={() => save()}>
              {typeof tested === 'object' && tested?.ok === false ? 'Save anyway' : 'Save sender'}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

/** What the live test says, before anything is saved. */
function Tested({ found, again }: { found: Answer<'POST /credentials/test'> | 'testing' | null; again(): void }) {
  if (found === null) return null
  if (found === 'testing') {
    return (
      <Group gap={8} role="status">
        <Loader size="xs" />
        <Text>Connecting and signing in …</Text>
      </Group>
    )
  }
  return (
    <Alert
      color={found.ok ? 'green' : 'red'}
      role={found.ok ? 'status' : 'alert'}
      icon={found.ok ? <IconCheck size={18} /> : <IconAlertTriangle size={18} />}
      title={found.ok ? 'It works' : 'It does not work yet'}
    >
      {found.detail}
      <Text size="sm" c="dimmed">
        Nothing was sent.
      </Text>
      {!found.ok && (
        <Group mt={8}>
          <Button size="xs" variant="default" onClick={again}>
            Test again
          </Button>
        </Group>
      )}
    </Alert>
  )
}
