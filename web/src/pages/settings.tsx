import { Title } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { useTabInView } from '../parts/tab-in-view.ts'
import { WhoCan } from '../parts/who-can.tsx'
import { useCan } from '../session.tsx'
import { NotFound } from '../shell/failures.tsx'
import { AccountSection } from './settings-account.tsx'
import { AiSection } from './settings-ai.tsx'
import { ApiKeysSection } from './settings-api-keys.tsx'
import { AuditSection } from './settings-audit.tsx'
import { CredentialsSection } from './settings-credentials.tsx'
import { MembersSection } from './settings-people.tsx'
import { SuppressionsSection } from './settings-suppressions.tsx'
import { WebhooksSection } from './settings-webhooks.tsx'
import { WorkspaceSection } from './settings-workspace.tsx'
import './settings.css'

const sections: Record<
  string,
  { label: string; Section: ComponentType; action?: Parameters<ReturnType<typeof useCan>>[0] }
> = {
  workspace: { label: 'Workspace', Section: WorkspaceSection },
  credentials: { label: 'Credentials', Section: CredentialsSection },
  ai: { label: 'AI models', Section: AiSection },
  members: { label: 'Members', Section: MembersSection },
  'api-keys': { label: 'API keys', Section: ApiKeysSection, action: 'api-keys.manage' },
  webhooks: { label: 'Webhooks', Section: WebhooksSection, action: 'webhooks.manage' },
  suppressions: { label: 'Suppressions', Section: SuppressionsSection },
  audit: { label: 'Audit log', Section: AuditSection, action: 'audit.read' },
  account: { label: 'My account', Section: AccountSection },
}

/** Settings with their sub-navigation; what the role may not see is not listed. */
export function SettingsPage() {
  const { section } = useParams({ from: '/signed-in/shell/settings/$section' })
  const can = useCan()
  const nav = useTabInView(section)
  const found = sections[section]
  if (!found) return <NotFound />
  const { Section, label, action } = found
  return (
    <Page title={`${label} · Settings`} heading={<Title order={1}>Settings</Title>}>
      <nav ref={nav} className="tl-tabs" aria-label="Settings">
        {Object.entries(sections)
          .filter(([, one]) => !one.action || can(one.action))
          .map(([name, one]) => (
            <Link
              key={name}
              to="/settings/$section"
              params={{ section: name }}
              aria-current={name === section ? 'page' : undefined}
            >
              {one.label}
            </Link>
          ))}
      </nav>
      <Panel of={section}>
        {action && !can(action) ? (
          <div className="tl-card" style={{ padding: 20 }}>
            <WhoCan deed="see this" />
          </div>
        ) : (
          <Section />
        )}
      </Panel>
    </Page>
  )
}
