import { PasswordInput, type PasswordInputProps } from '@mantine/core'

/** A field for a password or a key. Mantine’s own does not say to assistive technology that it is wrong. */
export const SecretInput = (props: PasswordInputProps) => (
  <PasswordInput {...(props.error && { 'aria-invalid': true })} {...props} />
)
