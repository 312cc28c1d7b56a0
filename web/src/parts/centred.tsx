import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTitle } from './page.tsx'

/** The card of a page outside the app: signing in and what leads there. */
export function Centred({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  useTitle(title)
  return (
    <main className="tl-center">
      <div className="tl-card" style={{ width: 'min(420px, 100%)', padding: 28 }}>
        <img src="/icon.svg" alt="" width={36} height={36} />
        <Title order={1} mt={12}>
          {title}
        </Title>
        <Text c="dimmed" mb={16}>
          {text}
        </Text>
        {children}
      </div>
    </main>
  )
}
