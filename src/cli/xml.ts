const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text in XML or HTML. */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, sign => entities[sign] ?? sign)
