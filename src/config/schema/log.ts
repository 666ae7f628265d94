import { maskable } from '../../observability/decision-log.ts'
import { choice, flag, section, text, texts } from './parts.ts'

const access = section('One line per HTTP request, beside the other lines.', {
  enabled: flag(false, 'Write them; at the levels warn and above there are none all the same.'),
})

const decisions = section('One JSON object per decision, a line each.', {
  enabled: flag(false, 'Write them.'),
  file: text('', 'The file that they are appended to; empty: standard output.'),
  sampling_ratio: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'The share of decisions that is written.',
  },
  mask: {
    type: 'array',
    items: { type: 'string', enum: maskable },
    default: [],
    description: 'Fields whose value is replaced by `log.redaction_text`.',
  },
})

export const log = section('What is logged, to standard error.', {
  level: choice(
    ['panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'info',
    'The least important level that is written.',
  ),
  format: choice(['json', 'json_pretty', 'gelf', 'text'], 'text', 'The form of a line.'),
  leak_sensitive_values: flag(false, 'Write credentials and queries as they are.'),
  redaction_text: text(
    'hidden: set log.leak_sensitive_values to true to see it',
    'What stands in their place.',
  ),
  additional_redacted_headers: texts([], 'Headers that are hidden besides the usual ones.'),
  access,
  decisions,
})
