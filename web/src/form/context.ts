import { createContext, useContext } from 'react'

/** A variable that a template may use here. */
export interface Variable {
  group: string
  path: string
  label: string
}

/** What a form knows beyond its schema. */
export interface FormContext {
  variables: readonly Variable[]
  /** The sentence that says why fields cannot be changed, or null. */
  readOnly: string | null
  /** Fields that name something of which the server has not said yet whether it is there. */
  pending?: ReadonlySet<string> | undefined
  /** A field was left: what follows is a new step of the history. */
  settle(): void
  /** The customer as whom texts are shown, with what a variable is for them. */
  previewAs?: { id: string; name: string; valueOf(path: string): string | null } | null
  /** Share of the audience that has a variable, 0 to 1; undefined where that is not known. */
  coverageOf?(path: string): number | undefined
}

const Context = createContext<FormContext>({ variables: [], readOnly: null, settle: () => {} })
/** Gives a form's widgets what they need. */
export const FormProvider = Context.Provider
/** What the form around knows. */
export const useFormContext = (): FormContext => useContext(Context)

/** Variables that every message and rule may use, without what steps add. */
export const commonVariables: readonly Variable[] = [
  ...[
    ['firstName', 'First name'],
    ['lastName', 'Last name'],
    ['email', 'Email'],
    ['phone', 'Phone'],
    ['language', 'Language'],
    ['country', 'Country'],
    ['timezone', 'Time zone'],
    ['tags', 'Tags'],
    ['company.name', 'Company name'],
    ['company.domain', 'Company domain'],
    ['company.industry', 'Company industry'],
    ['externalId', 'External id'],
  ].map(([path, label]) => ({ group: 'Customer', path: `customer.${path}`, label: label ?? '' })),
  { group: 'Product', path: 'product.name', label: 'Product name' },
  { group: 'Product', path: 'product.description', label: 'Product description' },
  { group: 'Product', path: 'product.url', label: 'Product link' },
  { group: 'Other', path: 'org.name', label: 'Workspace name' },
  { group: 'Other', path: 'run.startedAt', label: 'When they entered' },
]
