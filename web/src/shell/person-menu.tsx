import { Menu, useMantineColorScheme } from '@mantine/core'
import { IconDeviceDesktop, IconKeyboard, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../api.ts'
import { queryClient } from '../query.ts'
import { useMe } from '../session.tsx'

/** Ends the session here and forgets what was read with it. */
async function signOut(): Promise<void> {
  await api('POST /auth/logout')
  queryClient.clear()
  window.location.assign('/login')
}

const initials = (name: string): string =>
  name
    .split(/[\s.@_-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join('')

/** The account, the keys, the colours, and the way out. */
export function PersonMenu({ narrow, keys }: { narrow: boolean; keys?: () => void }) {
  const me = useMe()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const navigate = useNavigate()
  const name = me.account?.name || me.account?.email || 'API key'
  const schemes = [
    { value: 'light', label: 'Light', Icon: IconSun },
    { value: 'dark', label: 'Dark', Icon: IconMoon },
    { value: 'auto', label: 'As the system', Icon: IconDeviceDesktop },
  ] as const
  return (
    <Menu position="top-start">
      <Menu.Target>
        <button type="button" className="tl-nav" aria-label={`${name}, account menu`}>
          <b className="tl-me" data-initials={initials(name)} aria-hidden />
          {!narrow && <span>{name}</span>}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconUser size={16} />}
          onClick={() => void navigate({ to: '/settings/$section', params: { section: 'account' } })}
        >
          Account
        </Menu.Item>
        {keys && (
          <Menu.Item leftSection={<IconKeyboard size={16} />} rightSection="?" onClick={keys}>
            Keys
          </Menu.Item>
        )}
        <Menu.Label>Colours</Menu.Label>
        {schemes.map(({ value, label, Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} />}
            onClick={() => setColorScheme(value)}
            aria-current={colorScheme === value || undefined}
            fw={colorScheme === value ? 600 : 400}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
