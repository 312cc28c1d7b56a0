import type { ComponentType } from 'react'
import { MailBodyWidget } from '../write/mail-body.tsx'
import { LiquidWidget } from './liquid-widget.tsx'
import {
  CredentialWidget,
  CriterionWidget,
  MembersWidget,
  MemberWidget,
  ProductWidget,
  SegmentWidget,
  TagWidget,
  TemplateWidget,
} from './picker-widgets.tsx'
import { BranchesWidget, RulesWidget } from './rule-widgets.tsx'
import type { WidgetName } from './schema.ts'
import { InputWidget, JsonWidget, MultilineWidget, SuggestWidget, TextWidget } from './text-widgets.tsx'
import {
  DateWidget,
  DurationWidget,
  NumberWidget,
  SelectWidget,
  SendWindowWidget,
  SwitchWidget,
  TimeWidget,
  WeekdaysWidget,
} from './value-widgets.tsx'
import type { WidgetProps } from './widget.ts'

/** Every widget by the name that the catalogue uses. */
export const widgets: Record<WidgetName, ComponentType<WidgetProps>> = {
  text: TextWidget,
  multiline: MultilineWidget,
  liquid: LiquidWidget,
  code: LiquidWidget,
  mail: MailBodyWidget,
  number: NumberWidget,
  duration: DurationWidget,
  switch: SwitchWidget,
  select: SelectWidget,
  credential: CredentialWidget,
  template: TemplateWidget,
  segment: SegmentWidget,
  criterion: CriterionWidget,
  product: ProductWidget,
  member: MemberWidget,
  members: MembersWidget,
  tag: TagWidget,
  rules: RulesWidget,
  branches: BranchesWidget,
  weekdays: WeekdaysWidget,
  time: TimeWidget,
  date: DateWidget,
  input: InputWidget,
  event: SuggestWidget,
  sendWindow: SendWindowWidget,
  suggest: SuggestWidget,
  json: JsonWidget,
}
