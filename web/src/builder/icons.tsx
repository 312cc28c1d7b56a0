import {
  IconArrowsShuffle,
  IconArrowsSplit2,
  IconBan,
  IconBolt,
  IconBroadcast,
  IconCheckbox,
  IconClock,
  IconEar,
  IconFilter,
  IconGauge,
  IconHeartHandshake,
  IconLogout,
  IconMail,
  IconPuzzle,
  IconSend,
  IconSnowflake,
  IconTag,
  IconTagOff,
  IconTargetArrow,
  IconUserCheck,
  IconUserEdit,
  IconUsersMinus,
  IconUsersPlus,
  IconWorldUpload,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'

type Icon = ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>

/** The icons that node definitions name; one that is not here is drawn as a piece of a puzzle. */
const icons: Record<string, Icon> = {
  'arrows-shuffle': IconArrowsShuffle,
  'arrows-split-2': IconArrowsSplit2,
  broadcast: IconBroadcast,
  ear: IconEar,
  ban: IconBan,
  bolt: IconBolt,
  checkbox: IconCheckbox,
  clock: IconClock,
  filter: IconFilter,
  gauge: IconGauge,
  'heart-handshake': IconHeartHandshake,
  logout: IconLogout,
  mail: IconMail,
  send: IconSend,
  snowflake: IconSnowflake,
  tag: IconTag,
  'tag-off': IconTagOff,
  'target-arrow': IconTargetArrow,
  'user-check': IconUserCheck,
  'user-edit': IconUserEdit,
  'users-minus': IconUsersMinus,
  'users-plus': IconUsersPlus,
  'world-upload': IconWorldUpload,
}

/** A node type's icon. */
export function StepIcon({ name, size = 18 }: { name: string | undefined; size?: number }) {
  const Icon = (name && icons[name]) || IconPuzzle
  return <Icon size={size} stroke={1.7} aria-hidden />
}
