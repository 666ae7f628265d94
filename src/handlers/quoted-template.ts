/** A template between the quotes of a JSON text whose value is not encoded: a quote in it ends the text. */
const unencoded =
  /"[^"{}]*\{\{(?:(?!toJson|\}\}).)*\.(?:Subject|Extra|MatchContext)(?:(?!toJson|\}\}).)*\}\}/

/** Advice on a template that is to give JSON. */
export const adviseOnJson = (field: string, source: string): readonly string[] =>
  unencoded.test(source)
    ? [`${field}: a value between quotes is not encoded: write {{ … | toJson }} without quotes`]
    : []
