/**
 * The words that the outline reader knows, in English, German, Spanish and Vietnamese. Data, no logic: a word is added here and
 * nowhere else. `*` at the end of a word stands for any letters that follow it.
 */

/** A pattern that finds any of the words, whole, whatever the case; also in scripts where `\b` sees no border. */
export function wordPattern(...words: readonly string[]): RegExp {
  const parts = words.map((word) => word.replaceAll('*', '\\p{L}*').replaceAll(' ', '\\s+'))
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${parts.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
}

/** Written numbers, up to what people write out. */
export const numbers: Readonly<Record<string, number>> = {
  ...{
    a: 1,
    an: 1,
    another: 1,
    one: 1,
    two: 2,
    three: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
    twelve: 12,
  },
  ...{
    ein: 1,
    eine: 1,
    einen: 1,
    einem: 1,
    einer: 1,
    zwei: 2,
    drei: 3,
    vier: 4,
    fünf: 5,
    sechs: 6,
    sieben: 7,
    acht: 8,
    zehn: 10,
  },
  ...{ un: 1, una: 1, uno: 1, dos: 2, tres: 3, cuatro: 4, cinco: 5, seis: 6, siete: 7, ocho: 8, nueve: 9, diez: 10 },
  ...{ một: 1, hai: 2, ba: 3, bốn: 4, năm: 5, sáu: 6, bảy: 7, tám: 8, chín: 9, mười: 10 },
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** Units of time with their ms. */
export const units: readonly (readonly [RegExp, number])[] = [
  [wordPattern('minutes?', 'mins?', 'minuten?', 'minutos?', 'phút'), minute],
  [wordPattern('hours?', 'hrs?', 'stunden?', 'horas?', 'giờ', 'tiếng'), hour],
  [
    wordPattern('(?:business |working |work)?days?', 'tage?n?', 'werktage?n?', 'días?(?: hábiles)?', 'dias?', 'ngày'),
    day,
  ],
  [wordPattern('weeks?', 'wochen?', 'semanas?', 'tuần'), 7 * day],
  [wordPattern('months?', 'monate?n?', 'mes(?:es)?', 'tháng'), 30 * day],
]
/** Short forms directly behind a number: 3d, 48h. */
export const shortUnits: Readonly<Record<string, number>> = { m: minute, min: minute, h: hour, d: day, w: 7 * day }
/** Words that are a time by themselves. */
export const oneDay = wordPattern(
  'next day',
  'tomorrow',
  'overnight',
  'a day later',
  'am nächsten tag',
  'al día siguiente',
  'hôm sau',
)

export const waitWord = wordPattern('wait*', 'pause', 'hold', 'delay', 'wart*', 'pausier*', 'esper*', 'chờ', 'đợi')
/** Before a time: what follows happens when it is over. */
export const afterWord = wordPattern('after', 'nach', 'después de', 'despues de', 'tras', 'sau', 'in', 'en')
/** Behind a time. */
export const laterWord = wordPattern('later', 'afterwards', 'später', 'danach', 'más tarde', 'después', 'sau', 'sau đó')
/** A limit on how long something is waited for. */
export const withinWord = wordPattern(
  ...[
    'within',
    'in',
    'after',
    'for',
    'up to',
    'innerhalb(?: von)?',
    'binnen',
    'nach',
    'en',
    'dentro de',
    'tras',
    'después de',
  ],
  ...['sau', 'trong', 'trong vòng', 'bis zu', 'hasta'],
)
/** Between messages of a series. */
export const betweenWord = wordPattern(
  ...[
    'between',
    'apart',
    'every',
    'each',
    'in between',
    'abstand',
    'alle',
    'dazwischen',
    'jeweils',
    'zwischen',
    'cada',
    'entre',
  ],
  ...['mỗi', 'cách nhau', 'giữa'],
)

export const mailWord = wordPattern(
  ...[
    'e-?mails?',
    'mails?',
    '\\p{L}+-?mails?',
    'newsletters?',
    'follow-?ups?',
    'follow up',
    'reminders?',
    'messages?',
    'nudge',
    'invitation',
  ],
  ...[
    'nachricht(?:en)?',
    '\\p{L}*nachricht(?:en)?',
    'erinnerung(?:en)?',
    'correos?(?: electrónicos?)?',
    'mensajes?',
    'recordatorios?',
  ],
  ...['thư', 'thư nhắc', 'email nhắc', 'tin nhắn'],
)
export const sendWord = wordPattern(
  ...[
    'send*',
    'sent',
    'email',
    'write',
    'mail',
    'invite',
    'remind',
    'schick*',
    'send*',
    'verschick*',
    'versend*',
    'schreib*',
  ],
  ...['enví*', 'envi*', 'mand*', 'escrib*', 'gửi', 'nhắn', 'viết'],
)
export const telegramWord = wordPattern('telegram')
export const linkedinWord = wordPattern('linkedin', 'linked in')
/** Ways to reach people for which there is no step. */
export const otherChannels: readonly (readonly [RegExp, string])[] = [
  [wordPattern('sms', 'text messages?', 'text them', 'tin nhắn sms'), 'SMS'],
  [wordPattern('whatsapp'), 'WhatsApp'],
  [wordPattern('push notifications?', 'push', 'push-?nachricht(?:en)?'), 'push notifications'],
  [wordPattern('facebook', 'instagram', 'tiktok', 'zalo', 'slack', 'twitter', 'messenger'), 'this channel'],
  [wordPattern('postcards?', 'letters? by post', 'postkarte*', 'brief', 'carta'), 'letters on paper'],
]

export const tagWord = wordPattern(
  'tags?',
  'tagged',
  'tagging',
  'label',
  'taggen',
  'etiquet*',
  'gắn thẻ',
  'thẻ',
  'nhãn',
)
export const removeWord = wordPattern(
  ...[
    'remov*',
    'delete',
    'drop',
    'untag',
    'take off',
    'take out',
    'entfern*',
    'lösch*',
    'quit*',
    'elimin*',
    'borr*',
    'xóa',
    'xoá',
    'gỡ',
    'bỏ',
  ],
)
export const scoreWord = wordPattern(
  'scores?',
  'scoring',
  'points?',
  'punkte?',
  'bewertung',
  'puntuación',
  'puntos?',
  'puntaje',
  'điểm',
)
export const lowerWord = wordPattern(
  ...[
    'lower*',
    'reduc*',
    'decreas*',
    'subtract*',
    'minus',
    'drop*',
    'senk*',
    'verringer*',
    'abzieh*',
    'baj*',
    'rest*',
    'giảm',
    'trừ',
  ],
)
export const segmentWord = wordPattern(
  'segments?',
  'lists?',
  'listen?',
  'segmentos?',
  'listas?',
  'phân khúc',
  'danh sách',
)
export const addWord = wordPattern(
  'add*',
  'put',
  'move',
  'hinzufüg*',
  'füge?',
  'verschieb*',
  'añad*',
  'agreg*',
  'mueve',
  'thêm',
  'đưa vào',
  'chuyển vào',
)
export const handoffWord = wordPattern(
  ...[
    'hand ?-?off',
    'hand(?:s|ed)? (?:it |them |him |her |over |off |the \\p{L}+ )*(?:over |off )?to',
    'hand(?:s|ed)? (?:them |him |her |it )?(?:off|over)',
    'handoff',
    'pass (?:them |it |over )*to',
  ],
  ...[
    '(?:assign|give|route|forward|escalate) (?:them |it |over )*to (?:the )?sales',
    'to sales',
    'goes to sales',
    'sales takes over',
  ],
  ...[
    'übergeb*',
    'übergib',
    'an (?:den )?(?:vertrieb|sales)',
    'pas(?:a|ar|e|en)(?:lo|los|le)? a (?:ventas|comercial)',
    'a ventas',
    'deriv*',
    'traspas*',
  ],
  ...[
    'chuyển (?:cho|sang|đến) (?:\\p{L}+ )?(?:sales|kinh doanh|bán hàng)',
    'bàn giao',
    'giao cho (?:sales|kinh doanh|bán hàng)',
  ],
)
export const taskWord = wordPattern(
  ...[
    'tasks?',
    'to-?dos?',
    'call them',
    'call (?:him|her)',
    'phone them',
    'give them a call',
    'notify',
    'alert',
    'aufgaben?',
    'anrufen',
    'rufe? .* an',
  ],
  ...['tareas?', 'llam(?:a|ar|arlos|arles)', 'công việc', 'nhiệm vụ', 'gọi điện', 'gọi cho'],
)
export const suppressWord = wordPattern(
  ...[
    'suppress*',
    'never (?:contact|write|email|mail)(?: to)?(?: them)?(?: again)?',
    'do not (?:contact|write|email)',
    "don'?t (?:contact|write|email)",
    'blacklist',
    'opt them out',
    'unsubscribe them',
  ],
  ...[
    'nie wieder (?:anschreiben|kontaktieren)',
    'sperr*',
    'abbestellen',
    'no (?:volver a )?(?:contactar|escribir)(?: nunca)?(?: más)?',
    'suprim*',
    'không (?:bao giờ )?liên hệ(?: lại)?(?: nữa)?',
    'chặn',
  ],
)
export const cooldownWord = wordPattern(
  'cool ?-?down',
  'cool them down',
  'cooling',
  'abkühl*',
  'enfriamiento',
  'tạm nghỉ',
)
export const exitWord = wordPattern(
  ...[
    'stop',
    'stops',
    'end',
    'ends',
    'exit',
    'exits',
    'finish',
    'quit',
    'done',
    'leave',
    'leave the (?:flow|campaign|sequence)',
    'ende',
    'beend*',
    'stopp*',
    'aufhören',
    'raus',
  ],
  ...['termin*', 'fin', 'finaliz*', 'salir', 'sal', 'par(?:a|ar)', 'deten*', 'kết thúc', 'dừng', 'thoát'],
)
export const assignWord = wordPattern('assign*', 'zuweis*', 'weise', 'asign*', 'giao cho', 'gán cho')
export const setWord = wordPattern('set', 'update', 'change', 'setze?', 'pon', 'cambi*', 'đặt', 'cập nhật')
export const webhookWord = wordPattern(
  'webhooks?',
  'call',
  'post',
  'http',
  'ping',
  'request',
  'aufrufen',
  'llama',
  'gọi',
)
export const goalWord = wordPattern('goal', 'ziel', 'objetivo', 'mục tiêu')
export const splitWord = wordPattern(
  ...[
    'a\\/b(?: |-)?(?:test|split)*',
    'ab(?: |-)test',
    'split(?: test)?',
    'randomly',
    'at random',
    'random',
    'zufällig*',
    'aufteil*',
    'teile',
    'divid*',
    'al azar',
    'aleatori*',
    'chia',
    'ngẫu nhiên',
  ],
)

/** At the start of a condition. */
export const ifWord = wordPattern(
  'whoever',
  '(?:anyone|everyone|those|all) who',
  'wer',
  'quien(?:es)?',
  'if',
  'when',
  'whenever',
  'once',
  'on',
  'upon',
  'in case',
  'falls',
  'wenn',
  'sobald',
  'bei',
  'si',
  'cuando',
  'al',
  'nếu',
  'khi',
)
/** Between a condition and what follows from it. */
export const thenWord = wordPattern('then', 'dann', 'entonces', 'thì')
export const otherwiseWord = wordPattern(
  ...[
    'otherwise',
    'else',
    'if not',
    'sonst',
    'ansonsten',
    'andernfalls',
    'falls nicht',
    'wenn nicht',
    'si no',
    'de lo contrario',
    'en caso contrario',
    'nếu không',
    'ngược lại',
    'còn lại',
  ],
)
export const anyPointWord = wordPattern(
  ...[
    'at any (?:point|time|stage|moment|step)',
    'any ?time',
    'whenever',
    'no matter when',
    'ever',
    'jederzeit',
    'irgendwann',
    'zu jedem zeitpunkt',
    'egal wann',
  ],
  ...['en cualquier (?:momento|punto|etapa)', 'bất (?:cứ|kỳ|kì) (?:lúc|khi|thời điểm|bước) nào'],
)
export const notWord = wordPattern(
  ...[
    'no',
    'not',
    "don'?t",
    "doesn'?t",
    "didn'?t",
    "haven'?t",
    "hasn'?t",
    'never',
    'without',
    'nobody',
    'keine?r?n?',
    'nicht',
    'ohne',
    'sin',
    'không',
    'chưa',
  ],
)
/** What can happen to a message, the strongest first. */
export const outcomeWords = {
  replied: wordPattern(
    ...[
      'repl(?:y|ies|ied|ying)',
      'respon(?:d|ds|ded|se|ses)',
      'answers?',
      'answered',
      'writes? back',
      'antwort*',
      'geantwortet',
      'beantwort*',
    ],
    ...['respond*', 'respuestas?', 'contest*', 'trả lời', 'phản hồi', 'hồi âm'],
  ),
  clicked: wordPattern('click*', 'klick*', 'geklickt', 'clics?', 'pinch*', 'puls(?:a|an|ó)', 'nhấp', 'bấm'),
  opened: wordPattern('open(?:s|ed|ing)?', 'öffn*', 'geöffnet', 'abr(?:e|en|ió|ieron|ir)', 'mở', 'reads?', 'liest'),
  bounced: wordPattern('bounc*', 'undeliverable', 'unzustellbar', 'rebot*', 'bị trả lại'),
  unsubscribed: wordPattern(
    'unsubscrib*',
    'opts? out',
    'opted out',
    'abmeld*',
    'abbestell*',
    'meld(?:et|en) .*ab',
    '(?:da|dan|dado) de baja',
    'cancel* la suscripción',
    'hủy đăng ký',
    'huỷ đăng ký',
  ),
} as const
export type Outcome = keyof typeof outcomeWords

/** Fields of the customer by the words that people use. */
export const fieldWords: readonly (readonly [RegExp, string])[] = [
  [wordPattern('country', 'land', 'país', 'quốc gia', 'nước'), 'customer.country'],
  [wordPattern('language', 'sprache', 'idioma', 'ngôn ngữ'), 'customer.language'],
  [wordPattern('time ?zone', 'zeitzone', 'zona horaria', 'múi giờ'), 'customer.timezone'],
  [wordPattern('industry', 'branche', 'sector', 'ngành'), 'customer.company.industry'],
  [wordPattern('company(?: name)?', 'firma', 'empresa', 'công ty'), 'customer.company.name'],
  [wordPattern('phone(?: number)?', 'telefon*', 'teléfono', 'số điện thoại'), 'customer.phone'],
  [wordPattern('first name', 'vorname', 'nombre', 'tên'), 'customer.firstName'],
]
/** At the start of what an email is about. */
export const aboutWord = wordPattern(
  'about',
  'on',
  'regarding',
  'with',
  'saying',
  'introducing',
  'über',
  'zum thema',
  'mit',
  'sobre',
  'acerca de',
  'con',
  'về',
  'giới thiệu',
)
/** Words that name a campaign as a whole, in front of its steps. */
export const headingWord = wordPattern(
  ...[
    'outreach',
    'sequence',
    'campaign',
    'drip',
    'series',
    'flow',
    'onboarding',
    'cadence',
    'nurture',
    'workflow',
    'kampagne',
    'sequenz',
    'strecke',
    'serie',
  ],
  ...['campaña', 'secuencia', 'chiến dịch', 'chuỗi', 'quy trình'],
)
/** Counted parts of a series: “3-step”, “four emails”. */
export const partWord = wordPattern(
  'steps?',
  'touch(?:es|point|points)?',
  'parts?',
  'stufige?n?r?',
  'schritte?n?',
  'teilige?n?r?',
  'pasos?',
  'bước',
)

/** What an outline in another language says for a topic of the ready-made campaigns, in their words. */
export const topics: readonly (readonly [RegExp, string])[] = [
  [wordPattern('warenkorb*', 'carrito*', 'giỏ hàng', 'carts?', 'checkout', 'basket'), 'abandoned cart'],
  [
    wordPattern(
      'willkommen*',
      'begrüß*',
      'bienvenid*',
      'chào mừng',
      'onboarding',
      'new (?:customers?|users?|sign-?ups?)',
      'neukunden',
    ),
    'welcome new customers',
  ],
  [
    wordPattern(
      'kaltakquise',
      'prospects?',
      'leads?',
      'prospección',
      'prospectos',
      'khách hàng tiềm năng',
      'outreach',
      'outbound',
    ),
    'cold outreach sales',
  ],
  [
    wordPattern(
      'rückgewinn*',
      'recuperar',
      'reactiv*',
      'churn*',
      'lost customers?',
      'win ?-?back',
      'giành lại',
      'kéo lại',
    ),
    'win back',
  ],
  [
    wordPattern('inaktiv*', 'inactiv*', 'quiet', 'dormant', 'sleeping', 'không hoạt động', 're-?engag*'),
    're engagement inactive',
  ],
  [wordPattern('testphase*', 'trials?', 'prueba', 'dùng thử', 'testversion'), 'trial expiry'],
  [wordPattern('webinars?', 'events?', 'seminar*', 'hội thảo', 'veranstaltung*', 'evento'), 'webinar'],
  [
    wordPattern('upsell*', 'cross-?sell*', 'upgrade', 'mehrverkauf', 'venta cruzada', 'bán thêm', 'nâng cấp'),
    'upsell score',
  ],
]

/** What repeats without an end, which a workflow does not. */
export const repeatWord = wordPattern(
  'every',
  'each',
  'weekly',
  'daily',
  'monthly',
  'jede*',
  'wöchentlich',
  'täglich',
  'monatlich',
  'cada',
  'semanal',
  'mỗi',
  'hàng',
)
/** At the start of what shall not be done. */
export const neverWord = wordPattern(
  'never',
  "don'?t",
  'do not',
  'no',
  'niemals',
  'nie',
  'nicht',
  'nunca',
  'không',
  'đừng',
)
