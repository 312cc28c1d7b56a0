import { Avatar, Tooltip } from '@mantine/core'

/** Who else has the campaign open, as initials in the bar. */
export function Colleagues({ people }: { people: readonly { name: string; tabs: number }[] }) {
  if (people.length === 0) return null
  return (
    <Avatar.Group spacing={6} aria-label={`Also here: ${people.map(({ name }) => name).join(', ')}`} role="group">
      {people.slice(0, 4).map(({ name }) => (
        <Tooltip key={name} label={`${name} has it open`}>
          <Avatar size={26} radius="xl" color="violet" name={name} />
        </Tooltip>
      ))}
      {people.length > 4 && (
        <Avatar size={26} radius="xl">
          +{people.length - 4}
        </Avatar>
      )}
    </Avatar.Group>
  )
}
