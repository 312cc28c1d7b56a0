// Says in the last lines of a run what failed, by the JSON reports of Vitest in the folder given: each failed test and
// each file that did not load, with the first line of its message. The last line alone is the sum of all tests.
import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

const folder = process.argv[2]
const sum = { passed: 0, failed: 0, skipped: 0 }
const failures = []

// What was said first: the rest is a stack or a difference, which stands further up.
function firstLine(message) {
  const line = (message ?? '').split('\n').find((line) => line.trim() !== '') ?? 'no message'
  return line.trim().slice(0, 300)
}

for (const name of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  let report
  try {
    report = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
  } catch (error) {
    failures.push(`${name}: the report cannot be read: ${firstLine(error.message)}`)
    sum.failed += 1
    continue
  }
  sum.passed += report.numPassedTests
  sum.skipped += report.numPendingTests + report.numTodoTests
  for (const file of report.testResults) {
    const path = relative(process.cwd(), file.name)
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    for (const test of failed) {
      failures.push(`${path} › ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`)
    }
    // A file that does not even load has no tests of its own to fail.
    if (file.status === 'failed' && failed.length === 0) failures.push(`${path}: ${firstLine(file.message)}`)
    sum.failed += failed.length + (file.status === 'failed' && failed.length === 0 ? 1 : 0)
  }
}

for (const failure of failures) console.log(`FAILED ${failure}`)
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
