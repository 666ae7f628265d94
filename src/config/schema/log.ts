import { choice, flag, section, text, texts } from './parts.ts'

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
})
