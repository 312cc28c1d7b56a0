import './customer.css'
import { Button, CopyButton, Group, Text } from '@mantine/core'
import { IconCheck, IconCopy, IconUsers } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { Empty } from '../parts/page.tsx'

/** The ways to the first customers: a file, a paste from a spreadsheet, by hand, and a call for programs. */
export function FirstCustomers({ onNew }: { onNew(): void }) {
  const call = `curl ${window.location.origin}/api/v1/customers?upsert=true \\
  -H "Authorization: Bearer $THROUGHLINE_KEY" -H "Content-Type: application/json" \\
  -d '{"email": "ada@example.com", "firstName": "Ada", "country": "GB"}'`
  return (
    <Empty
      title="No customers yet"
      icon={<IconUsers size={24} stroke={1.7} />}
      action={
        <>
          <Group justify="center" mb={20}>
            <Button component={Link} to="/customers/import">
              Import CSV
            </Button>
            <Button
              variant="default"
              renderRoot={(props) => <Link {...props} to="/customers/import" search={{ paste: '1' }} />}
            >
              Paste from a spreadsheet
            </Button>
            <Button variant="default" onClick={onNew}>
              Add one by hand
            </Button>
          </Group>
          <div className="tl-card tl-snippet">
            <Group justify="space-between" mb={6}>
              <Text size="sm">
                From a program, with a key from{' '}
                <Link to="/settings/$section" params={{ section: 'api-keys' }}>
                  Settings, API keys
                </Link>
              </Text>
              <CopyButton value={call}>
                {({ copied, copy }) => (
                  <Button
                    size="compact-xs"
                    variant="default"
                    leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                    onClick={copy}
                  >
                    {copied ? 'Copied' : 'Copy'}
                  </Button>
                )}
              </CopyButton>
            </Group>
            <pre>{call}</pre>
          </div>
        </>
      }
    >
      A file with an email column is enough to start.
    </Empty>
  )
}
