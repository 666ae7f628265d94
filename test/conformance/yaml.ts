import { parse, stringify, type Tags } from 'yaml'
import type { Data } from './types.ts'

/** `1e+21` without a dot is text in the YAML 1.1 that the cases are written in, a number in 1.2. */
const withoutDotlessExponent = (tags: Tags): Tags =>
  tags.filter(tag => typeof tag === 'string' || !('format' in tag) || tag.format !== 'EXP')

/** Reads a case file: everything else in them means the same in YAML 1.1 and 1.2. */
export const readYaml = (text: string): Data =>
  parse(text, { customTags: withoutDotlessExponent }) as Data

/** Writes a file for a server that may read YAML 1.1: `yes`, `on` and the like come out quoted. */
export const writeYaml = (value: Data): string =>
  stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
