import type { FormEvent } from 'react'

/** What a form of `useForm` offers to say something at one of its fields. */
interface Faultable {
  setFieldError(field: string, text: string): void
}

/**
 * Says at each field what the browser finds wrong with it (empty, no email address, too short), where its own bubble would pass in
 * seconds and be read to nobody; the first of them takes the focus. For `onInvalid` of a form.
 */
export const showInvalid =
  (form: Faultable) =>
  (event: FormEvent<HTMLFormElement>): void => {
    const input = event.target as HTMLInputElement
    const field = input.dataset.path
    if (field === undefined) return
    event.preventDefault()
    form.setFieldError(field, sentenceOf(input))
    if (input === event.currentTarget.querySelector('input:invalid, textarea:invalid')) input.focus()
  }

function sentenceOf({ type, minLength, validity, validationMessage }: HTMLInputElement): string {
  if (validity.badInput) return validationMessage
  if (validity.valueMissing) return 'Fill this in.'
  if (validity.typeMismatch && type === 'email') return 'Write an email address such as ann@example.com.'
  if (validity.tooShort) return `At least ${minLength} characters.`
  return validationMessage
}
