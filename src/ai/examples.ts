import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CampaignFile } from '../campaign-files/format.ts'
import { readCampaignFile } from '../campaign-files/read.ts'
import { topics } from './words.ts'

/** A ready-made campaign that fits what was asked for. */
export interface FoundExample {
  /** Its file's name without `.json`: what `POST …/generate` takes as `example`. */
  id: string
  name: string
  description: string
  steps: number
}

interface Indexed extends FoundExample {
  file: CampaignFile
  words: ReadonlyMap<string, number>
}

const folder = fileURLToPath(new URL('../../examples/', import.meta.url))
let index: readonly Indexed[] | undefined

const common = new Set(
  'a an and are as at be by do for from has have if in into is it its of on or our so that the their them then they this to us was we who will with you your not no der die das und ein eine für mit zu el la los las y un una de para con và cho của các một'.split(
    ' ',
  ),
)

/** The words of a text that say what it is about, in a plain form: `customers` and `customer` are one. */
function wordsOf(text: string): string[] {
  const found =
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return found
    .filter((word) => word.length > 1 && !common.has(word))
    .map((word) => word.replace(/(?:ies|es|s|ing|ed)$/, '').slice(0, 12) || word)
}

function examples(): readonly Indexed[] {
  index ??= readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.expect.json'))
    .sort()
    .map((name) => {
      const file = readCampaignFile(readFileSync(`${folder}/${name}`, 'utf8'))
      const id = name.replace(/\.json$/, '')
      const weighed = new Map<string, number>()
      const weigh = (text: string, weight: number) => {
        for (const word of new Set(wordsOf(text))) weighed.set(word, Math.max(weight, weighed.get(word) ?? 0))
      }
      weigh(file.nodes.map(({ title }) => title).join(' '), 0.5)
      weigh(file.description, 1)
      weigh(`${id} ${file.name}`, 3)
      return { id, name: file.name, description: file.description, steps: file.nodes.length, file, words: weighed }
    })
  return index
}

/** The ready-made campaigns that share the most telling words with a text, best first; none when they share too little. */
export function searchExamples(text: string): FoundExample[] {
  const all = examples()
  const known = topics.filter(([pattern]) => pattern.test(text)).map(([, words]) => words)
  const asked = new Set(wordsOf([text, ...known].join(' ')))
  const rarity = (word: string) =>
    Math.log(1 + all.length / Math.max(1, all.filter(({ words }) => words.has(word)).length))
  return all
    .map((example) => ({
      example,
      score: [...asked].reduce((sum, word) => sum + (example.words.get(word) ?? 0) * rarity(word), 0),
    }))
    .filter(({ score }) => score >= 2)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ example: { id, name, description, steps } }) => ({ id, name, description, steps }))
}

/** A ready-made campaign's file; undefined when there is none of that name. */
export const exampleFile = (id: string): CampaignFile | undefined => examples().find((each) => each.id === id)?.file
