import { maskable } from '../../observability/decision-log.ts'
import { choice, flag, section, text, texts } from './parts.ts'

const access = section('The access log: one line per HTTP request.', {
  enabled: flag(false, 'Write the access log; at the levels warn and above nothing is written.'),
})

const decisions = section('The decision log: one JSON object per decision and line.', {
  enabled: flag(false, 'Write the decision log.'),
  file: text('', 'The file to append to; empty: standard output.'),
  sampling_ratio: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'The share of decisions that is written, from 0 to 1.',
  },
  mask: {
    type: 'array',
    items: { type: 'string', enum: maskable },
    default: [],
    description: 'Fields whose value is replaced by `log.redaction_text`.',
  },
})

export const log = section('The log, written to standard error.', {
  level: choice(
    ['panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'info',
    'The least important level that is written.',
  ),
  format: choice(['json', 'json_pretty', 'gelf', 'text'], 'text', 'The format of a line.'),
  leak_sensitive_values: flag(false, 'Write credentials and queries without hiding them.'),
  redaction_text: text(
    'hidden: set log.leak_sensitive_values to true to see it',
    'The text in place of hidden values.',
  ),
  additional_redacted_headers: texts([], 'Headers that are hidden besides the usual ones.'),
  access,
  decisions,
})
