/** Marks a body as HTML; anything else is plain text that becomes paragraphs. */
const htmlTag =
  /<(?:!doctype|html|head|body|style|p|div|br|hr|a|b|i|u|em|strong|span|img|table|tbody|tr|td|th|ul|ol|li|h[1-6]|center|font|blockquote|pre|code|section|article)\b[^>]*>/i

/** Whether a message's body is HTML, for the code that sends and for the editor alike. */
export const isHtml = (body: string): boolean => htmlTag.test(body)
