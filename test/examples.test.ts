import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkCampaignFile, readCampaignFile } from '../src/campaign-files/read.ts'
import { simulateFile } from '../src/campaign-files/simulate-file.ts'
import { checkExpectations, expectations } from '../src/simulate/expectations.ts'

const folder = join(import.meta.dirname, '..', 'examples')
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const examples = files.filter((name) => !name.endsWith('.expect.json')).map((name) => name.replace(/\.json$/, ''))

const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

describe('examples', () => {
  it('are at least eight, each with its expectations beside it', () => {
    expect(examples.length).toBeGreaterThanOrEqual(8)
    expect(files.filter((name) => name.endsWith('.expect.json')).sort()).toEqual(
      examples.map((name) => `${name}.expect.json`).sort(),
    )
  })

  it.each(examples)('%s is valid, without a warning', (name) => {
    const { workflow, problems } = checkCampaignFile(readCampaignFile(read(`${name}.json`)))
    expect(problems).toEqual([])
    expect(workflow).not.toBeNull()
  })

  it.each(examples)('%s does what its expectations say, every node of it reached by somebody', async (name) => {
    const file = readCampaignFile(read(`${name}.json`))
    const { workflow } = checkCampaignFile(file)
    if (!workflow) throw new Error('The example is not valid.')
    const expected = expectations.parse(JSON.parse(read(`${name}.expect.json`)))
    const result = await simulateFile(file, workflow, expected.assume)
    expect(checkExpectations(expected, result).filter(({ met }) => !met)).toEqual([])
    expect(result.nodes.filter(({ reached }) => reached === 0)).toEqual([])
  })
})
