/** What `bench generate` asks for, each with a rubric that a program can check. */

/** In ms. */
export const day = 86_400_000

/** What must be true of the graph. Numbers of things that are not named must be 0: nothing that was not asked for. */
export interface Rubric {
  /** Messages to the customer: exactly, or from–to. */
  sends?: number | [number, number]
  /** Waits, or the time that an answer has, in ms: each must be there within a tenth. */
  waits?: number[]
  /** Outcomes or events that are told apart, by an edge or by a listener. */
  outcomes?: string[]
  /** Whoever replies, to whatever message, is handed off. */
  handoffOnReply?: boolean
  /** How many steps of these types there must be. */
  types?: Record<string, number>
  /** It cannot be done: nothing is proposed, or it is said what was left out. */
  impossible?: boolean
}

/** Something to ask for, and what must be true of the answer. */
export type Case = [language: 'en' | 'de' | 'es', prompt: string, rubric: Rubric]

/** The thirty that the outline reader was made with: four of its rules were written after it had missed them. */
export const cases: Case[] = [
  [
    'en',
    '3-step cold outreach, wait 3 days, if reply at any point → hand off to sales',
    { sends: 3, waits: [3 * day, 3 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['en', 'Send a welcome email', { sends: 1 }],
  [
    'en',
    'welcome mail, 2d later a reminder if they did not reply',
    { sends: 2, waits: [2 * day], outcomes: ['replied'] },
  ],
  [
    'en',
    '1. Email "Hello"\n2. Wait 2 days\n3. Email "Still there?"\n4. Wait 4 days\n5. Email "Last one"\n6. Exit',
    { sends: 3, waits: [2 * day, 4 * day], types: { exit: 1 } },
  ],
  [
    'en',
    'Send an email about pricing. If they click, tag them as interested and hand off to sales. Otherwise send a follow-up after 3 days.',
    { sends: 2, waits: [3 * day], outcomes: ['clicked'], types: { 'add-tag': 1, 'exit-handoff': 1 } },
  ],
  [
    'en',
    'Send three emails 4 days apart about our new product. If they unsubscribe, never contact them again.',
    { sends: 3, waits: [4 * day, 4 * day], outcomes: ['unsubscribed'], types: { 'exit-suppress': 1 } },
  ],
  [
    'en',
    'Split 50/50: A gets an email about price, B gets an email about speed. Wait 1 week, then exit.',
    { sends: 2, waits: [7 * day], types: { 'random-split': 1, exit: 1 } },
  ],
  [
    'en',
    'If country is Vietnam, send the email "Xin chào". Otherwise send the email "Hello". Then tag them as greeted.',
    { sends: 2, types: { 'conditional-split': 1, path: 2, 'add-tag': 1 } },
  ],
  [
    'en',
    'Day 1: email "Intro"\nDay 4: email "Case study"\nDay 10: LinkedIn message\nIf they reply at any time, hand off to sales',
    { sends: 3, waits: [3 * day, 6 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['en', 'Tag everyone as new and add 0.1 to their score', { types: { 'add-tag': 1, 'adjust-score': 1 } }],
  [
    'en',
    'Wait until 9am on weekdays, then send an email about the webinar. Wait 2 hours. If they open it, add 0.2 to the score.',
    { sends: 1, outcomes: ['opened'], types: { 'adjust-score': 1 } },
  ],
  [
    'en',
    'Email "Offer". If order.placed within 5 days, tag buyer. Otherwise send a reminder.',
    { sends: 2, waits: [5 * day], outcomes: ['order.placed'], types: { 'add-tag': 1 } },
  ],
  [
    'en',
    'Send an email. Wait 3 days. If it bounces, never contact them again. If no reply, create a task to call them.',
    { sends: 1, outcomes: ['bounced'], types: { 'create-task': 1, 'exit-suppress': 1 } },
  ],
  [
    'en',
    'Nurture: email about onboarding, a week later email about integrations, another week later email about support. Whoever replies at any point goes to sales.',
    { sends: 3, waits: [7 * day, 7 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['en', 'Send two emails, 1 day apart, and stop.', { sends: 2, waits: [day], types: { exit: 1 } }],
  [
    'de',
    'Schicke eine Willkommensmail. Warte 3 Tage. Wenn keine Antwort, schicke eine Erinnerung. Wenn sie jederzeit antworten, an den Vertrieb übergeben.',
    { sends: 2, waits: [3 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['de', 'Drei Mails im Abstand von 5 Tagen zum Thema Datenschutz', { sends: 3, waits: [5 * day, 5 * day] }],
  [
    'de',
    'Schicke eine E-Mail über das Angebot. Nach 2 Tagen, wenn sie klicken, Tag Interessiert hinzufügen, sonst beenden.',
    { sends: 1, waits: [2 * day], outcomes: ['clicked'], types: { 'add-tag': 1, exit: 1 } },
  ],
  [
    'de',
    'Wenn das Land Deutschland ist, schicke eine Mail "Guten Tag". Sonst schicke eine Mail "Hello".',
    { sends: 2, types: { 'conditional-split': 1, path: 2 } },
  ],
  ['de', 'Warte eine Woche und erstelle dann eine Aufgabe anrufen', { waits: [7 * day], types: { 'create-task': 1 } }],
  [
    'es',
    'Envía un correo de bienvenida, espera 2 días, si no responde envía un recordatorio; si responde en cualquier momento, pasar a ventas',
    { sends: 2, waits: [2 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['es', 'Envía tres correos cada 4 días sobre el nuevo plan', { sends: 3, waits: [4 * day, 4 * day] }],
  [
    'es',
    'Envía un correo. Si hace clic, añade la etiqueta interesado. De lo contrario, termina.',
    { sends: 1, outcomes: ['clicked'], types: { 'add-tag': 1, exit: 1 } },
  ],
  ['es', 'Espera una semana y luego envía un correo "Hola"', { sends: 1, waits: [7 * day] }],
  [
    'es',
    'Si se da de baja en cualquier momento, no contactar nunca más. Envía un correo sobre precios.',
    { sends: 1, outcomes: ['unsubscribed'], types: { 'exit-suppress': 1 } },
  ],
  ['en', 'Send an SMS to everybody', { impossible: true }],
  ['en', 'Read their mind and then mail them what they think', { impossible: true }],
  ['en', 'Win back the customers who left us last year', { sends: [0, 6] }],
  ['en', 'Send an email, but never send any email. Wait 2 days.', { sends: [0, 1], waits: [2 * day] }],
  ['en', 'Newsletter every week forever', { impossible: true }],
]

/**
 * Ten more, written after the outline reader was done and by somebody who looked at neither its lists nor its rules: no rule may be added
 * for one of them, or they say nothing any more.
 */
export const heldOut: Case[] = [
  [
    'en',
    "Hey, can you set up something that emails new signups right away, then checks in after 5 days if they haven't opened it?",
    { sends: 2, waits: [5 * day], outcomes: ['opened'] },
  ],
  [
    'en',
    'webinar follow up: thank you mail same day, recording 1 day later, after another 3 days ask for a call. stop if someone answers',
    { sends: 3, waits: [day, 3 * day], outcomes: ['replied'] },
  ],
  [
    'en',
    "When a trial expires send them a discount. Anyone who clicks gets tagged hot-lead and passed on to sales; the rest get one more nudge a week later and that's it.",
    { sends: 2, waits: [7 * day], outcomes: ['clicked'], types: { 'add-tag': 1, 'exit-handoff': 1 } },
  ],
  [
    'en',
    'Customers in Germany get the German newsletter template, everyone else the English one.',
    { sends: 2, types: { 'conditional-split': 1, path: 2 } },
  ],
  [
    'en',
    '2 emails + linkedin touch in between, 48h gaps, reply=stop',
    { sends: 3, waits: [2 * day, 2 * day], outcomes: ['replied'] },
  ],
  [
    'en',
    "We just launched a referral program. I'd like to tell our VIP customers first (they carry the tag vip) with a personal note, everyone else should hear about it three days later. Two weeks after that, remind whoever hasn't clicked. Please don't send more than two emails to anyone.",
    {
      sends: [3, 4],
      waits: [3 * day, 14 * day],
      outcomes: ['clicked'],
      types: { 'conditional-split': 1, path: 2 },
    },
  ],
  [
    'de',
    'Neue Kunden begrüßen, nach einer Woche nach Feedback fragen, und wer antwortet, kommt zum Vertrieb.',
    { sends: 2, waits: [7 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['de', 'Erinnere unsere Testkunden drei Tage vor Ablauf per Mail und nochmal am letzten Tag', { sends: 2 }],
  [
    'es',
    'A los que abran el primer correo pero no hagan clic, mándales otro a los dos días con un asunto diferente.',
    { sends: 2, waits: [2 * day], outcomes: ['opened'] },
  ],
  [
    'es',
    'Manda una oferta hoy; si compran (pedido.pagado) en 3 días ponles la etiqueta cliente, si no, que alguien les llame.',
    { sends: 1, waits: [3 * day], outcomes: ['pedido.pagado'], types: { 'add-tag': 1, 'create-task': 1 } },
  ],
]
