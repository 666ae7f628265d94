/** One line per HTTP request, with the names and fields of Oathkeeper's `completed handling request`. */
import { textOf } from '../lib/bytes.ts'
import { statusText } from '../lib/http-status.ts'
import { createHeaderForms, type HeaderForms, jsonText, styles } from './header-forms.ts'
import type { LogOptions } from './log.ts'
import type { Redaction } from './redaction.ts'
import type { Sink } from './sink.ts'

/** A request and its answer. Strings are byte strings. */
export interface Exchange {
  readonly remote: string
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  /** Flat: `[name, value, …]`. */
  readonly headers: readonly string[]
  readonly status: number
  /** The sent head of the answer: a status line, then header lines. */
  readonly answer: string
  /** Duration in milliseconds. */
  readonly took: number
  readonly decisionId: string | undefined
  readonly trace: { readonly traceId: string; readonly spanId: string } | undefined
}

export interface AccessLog {
  readonly record: (exchange: Exchange) => void
}

export interface AccessLogOptions {
  readonly format: LogOptions['format']
  readonly redaction: Redaction
  readonly sink: Pick<Sink, 'write'>
}

const message = 'completed handling request'

export function createAccessLog({ format, redaction, sink }: AccessLogOptions): AccessLog {
  const isText = format === 'text'
  const line = isText ? textLine : jsonLine
  const forms = createHeaderForms(redaction, isText ? styles.map : styles.json)
  const shown: Shown = { redaction, forms }
  const time = createTimeText()
  return { record: exchange => sink.write(line(time(), exchange, shown)) }
}

interface Shown {
  readonly redaction: Redaction
  readonly forms: HeaderForms
}

/** Returns the time as text; formats it once per millisecond. */
function createTimeText(): () => string {
  let last = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now === last) return text
    last = now
    text = new Date(now).toISOString()
    return text
  }
}

const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6)

function jsonLine(time: string, exchange: Exchange, { redaction, forms }: Shown): string {
  const { remote, method, scheme, host, path, query, status, answer } = exchange
  const shown = redaction.query(query)
  const head = forms.ofAnswer(answer)
  return (
    `{${linksJson(exchange)}"http_request":{"headers":${forms.ofRequest(exchange.headers)},"host":${jsonText(host)}` +
    `,"method":${jsonText(method)},"path":${jsonText(path)},"query":${shown === null ? 'null' : jsonText(shown)}` +
    `,"remote":${jsonText(remote)},"scheme":${jsonText(scheme)}},"http_response":{"headers":${head.text}` +
    `,"size":${head.size},"status":${status},"text_status":${jsonText(statusText(status))}` +
    `,"took":${nanoseconds(exchange.took)}},"level":"info","msg":"${message}","time":"${time}"}\n`
  )
}

function linksJson({ decisionId, trace }: Exchange): string {
  const id = decisionId === undefined ? '' : `"decision_id":"${decisionId}",`
  if (trace === undefined) return id
  return `${id}"otel":{"span_id":"${trace.spanId}","trace_id":"${trace.traceId}"},`
}

function textLine(time: string, exchange: Exchange, shown: Shown): string {
  const { redaction, forms } = shown
  const { remote, method, scheme, host, path, query, status, answer } = exchange
  const head = forms.ofAnswer(answer)
  const asked = redaction.query(query)
  const request =
    ` http_request.method=${plain(method)} http_request.scheme=${plain(scheme)}` +
    ` http_request.host=${plain(host)} http_request.path=${plain(path)}` +
    ` http_request.query=${asked === null ? '' : plain(asked)} http_request.remote=${plain(remote)}`
  return (
    `time=${time} level=info msg="${message}"${linksText(exchange)}${request}` +
    ` http_request.headers=${forms.ofRequest(exchange.headers)} http_response.status=${status}` +
    ` http_response.size=${head.size} http_response.took=${nanoseconds(exchange.took)}` +
    ` http_response.headers=${head.text}\n`
  )
}

function linksText({ decisionId, trace }: Exchange): string {
  const id = decisionId === undefined ? '' : ` decision_id=${decisionId}`
  if (trace === undefined) return id
  return `${id} otel.trace_id=${trace.traceId} otel.span_id=${trace.spanId}`
}

/** Quoted when the value could look like another field. */
const plain = (bytes: string): string =>
  /^[!#-<>-[\]-~]*$/.test(bytes) ? bytes : JSON.stringify(textOf(bytes))
