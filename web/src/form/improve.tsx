import { ActionIcon, Button, Group, Loader, Menu, Modal, Stack, Text } from '@mantine/core'
import { IconSparkles } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { api } from '../api.ts'
import { useApi } from '../query.ts'

const languages = ['English', 'German', 'Spanish', 'French', 'Vietnamese', 'Portuguese', 'Italian', 'Japanese']

type Wish = { action: 'shorten' | 'subjects' } | { action: 'translate'; language: string }

/** Whether an AI model is connected that can be asked. */
export const useHasModel = (): boolean =>
  useApi('GET /ai/providers', {}, { staleTime: 60_000 }).data?.items.some(({ isChat }) => isChat) ?? false

/** Alternatives for a message's text by the AI model, to take or to leave; nothing happens in place. Shown only where a model is connected. */
export function ImproveMenu({
  text,
  field,
  label,
  onTake,
}: {
  text: string
  field: 'subject' | 'body'
  label: string
  onTake(text: string): void
}) {
  const [found, setFound] = useState<string[] | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const stop = useRef<AbortController>(undefined)
  if (text.trim() === '') return null
  const ask = async (wish: Wish) => {
    stop.current = new AbortController()
    setBusy(true)
    setFailure(null)
    setFound([])
    try {
      const { alternatives } = await api('POST /ai/improve', {
        body: { text, field, ...wish },
        signal: stop.current.signal,
      })
      setFound(alternatives)
    } catch (error) {
      if (!stop.current.signal.aborted) setFailure(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  const close = () => {
    stop.current?.abort()
    setFound(null)
  }
  return (
    <>
      <Menu width={220} position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`Improve ${label} with AI`} size={28}>
            <IconSparkles size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown mah={340} style={{ overflowY: 'auto' }}>
          <Menu.Item onClick={() => void ask({ action: 'shorten' })}>Shorter</Menu.Item>
          {field === 'subject' && (
            <Menu.Item onClick={() => void ask({ action: 'subjects' })}>Three subject lines</Menu.Item>
          )}
          <Menu.Label>Translate into</Menu.Label>
          {languages.map((language) => (
            <Menu.Item key={language} onClick={() => void ask({ action: 'translate', language })}>
              {language}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={found !== null} onClose={close} title={`Alternatives for ${label.toLowerCase()}`} size="lg">
        <Stack>
          {busy && (
            <Group gap={8} role="status">
              <Loader size={16} aria-hidden /> <Text size="sm">Asking the model…</Text>
            </Group>
          )}
          {failure && (
            <Text role="alert" c="var(--tl-bad)">
              {failure}
            </Text>
          )}
          {found?.map((alternative) => (
            <section key={alternative} className="tl-card" style={{ padding: 12 }} aria-label="Alternative">
              <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {alternative}
              </Text>
              <Group justify="flex-end" mt={8}>
                <Button
                  size="xs"
                  onClick={() => {
                    onTake(alternative)
                    close()
                  }}
                >
                  Use this
                </Button>
              </Group>
            </section>
          ))}
          <Text size="xs" c="dimmed">
            Your text stays until you take one. Variables and links are kept, or the alternative is thrown away.
          </Text>
        </Stack>
      </Modal>
    </>
  )
}
