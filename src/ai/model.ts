import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { jsonSchema, type LanguageModel, Output, streamText, tool } from 'ai'
import { checkedFetch } from '../channels/checked-fetch.ts'
import { AiFailure, readFailure, refusesFormat, Stalled } from './failure.ts'

/** How a model is asked for JSON: by a schema, by “JSON mode”, or by words alone. */
export type Answers = 'schema' | 'json' | 'text'

/** A provider with its key, for the length of a call. */
export interface OpenProvider {
  kind: 'openai' | 'anthropic' | 'bedrock' | 'openai-compatible'
  model: string
  baseUrl: string | null
  region: string | null
  accessKeyId: string | null
  secret: string | null
  answers: Answers
}

/** Limits of one call. `stallMs`: how long it may be silent. */
export interface CallLimits {
  allowPrivateHosts: readonly string[]
  stallMs: number
}

/** What is asked. */
export interface Question {
  system: string
  messages: { role: 'user' | 'assistant'; content: string }[]
  /** The JSON Schema of the answer; null for plain text. */
  schema: Record<string, unknown> | null
  signal: AbortSignal
}

export interface Answered {
  text: string
  inputTokens: number
  outputTokens: number
  /** The way that worked, where the provider refused the one that was tried first. */
  answers: Answers
}

/** Most characters of an answer: a workflow of hundreds of steps is far smaller. */
const mostText = 500_000
/** Most bytes of a stream: each token comes in a wrapping of its own. */
const mostBytes = 48 * 1024 * 1024

// The library would print remarks about models to our log.
;(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false

/** Keys of a provider that must never be repeated. */
export const secretsOf = ({ secret, accessKeyId }: Pick<OpenProvider, 'secret' | 'accessKeyId'>): string[] =>
  [secret, accessKeyId].filter((each): each is string => each !== null && each !== '')

function languageModel(provider: OpenProvider, answers: Answers, fetch: typeof globalThis.fetch): LanguageModel {
  const { kind, model, baseUrl, region, accessKeyId, secret } = provider
  const base = {
    fetch,
    ...(baseUrl !== null && { baseURL: baseUrl }),
  }
  const apiKey = secret ?? ''
  switch (kind) {
    case 'openai':
      // Chat completions: other servers speak it, too, and nothing is stored there unless asked for.
      return createOpenAI({ ...base, apiKey }).chat(model)
    case 'anthropic':
      return createAnthropic({ ...base, apiKey })(model)
    case 'bedrock':
      return createAmazonBedrock({
        ...base,
        region: region ?? 'us-east-1',
        // An empty API key: the library would take the operator's own from the environment before the workspace's access key.
        ...(accessKeyId === null ? { apiKey } : { apiKey: '', accessKeyId, secretAccessKey: apiKey }),
      })(model)
    case 'openai-compatible':
      return createOpenAICompatible({
        ...base,
        name: 'compatible',
        baseURL: baseUrl ?? '',
        ...(secret !== null && { apiKey }),
        supportsStructuredOutputs: answers === 'schema',
        includeUsage: true,
      })(model)
  }
}

/**
 * Asks a model and tells the text as it grows. Where the provider refuses to be asked by a schema, it is asked in JSON mode, then by words
 * alone. @throws AiFailure
 */
export async function* askModel(
  provider: OpenProvider,
  question: Question,
  limits: CallLimits,
): AsyncGenerator<string, Answered> {
  const plainer: Record<Answers, Answers | null> = {
    schema: provider.kind === 'openai-compatible' ? 'json' : 'text',
    json: 'text',
    text: null,
  }
  let answers = question.schema === null ? 'text' : provider.answers
  for (;;) {
    try {
      return yield* askOnce(provider, answers, question, limits)
    } catch (error) {
      const next = plainer[answers]
      if (question.schema === null || next === null || !refusesFormat(error) || question.signal.aborted) {
        if (question.signal.aborted) throw new AiFailure('stopped', 'It was stopped. Nothing was changed.')
        throw readFailure(error, secretsOf(provider))
      }
      answers = next
    }
  }
}

/**
 * The schema is told to the provider; the answer is read by us, and not anew with each piece of it. The SDK holds pieces back until what
 * it made of them changes, so each piece makes something else: otherwise no step would be seen before the last.
 */
function outputOf(schema: Record<string, unknown>): Output.Output<unknown> {
  const output = Output.object({ schema: jsonSchema(schema), name: 'answer' })
  return {
    ...output,
    parsePartialOutput: async ({ text }) => ({ partial: `${text.length}` }),
  } as Output.Output<unknown>
}

/**
 * How the schema is told. Bedrock has no answer by schema for all of its models but tools; the SDK's own tool for it keeps the whole answer
 * back until it is complete, one of ours comes piece by piece.
 */
function askedBy(kind: OpenProvider['kind'], answers: Answers, schema: Record<string, unknown> | null) {
  if (schema === null || answers === 'text') return {}
  if (kind !== 'bedrock') return { output: outputOf(schema) }
  const answer = tool({ description: 'Takes the answer.', inputSchema: jsonSchema(schema) })
  return { tools: { answer }, toolChoice: { type: 'tool' as const, toolName: 'answer' as const } }
}

async function* askOnce(
  provider: OpenProvider,
  answers: Answers,
  { system, messages, schema, signal }: Question,
  { allowPrivateHosts, stallMs }: CallLimits,
): AsyncGenerator<string, Answered> {
  const silence = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => silence.abort(new Stalled()), stallMs)
  }
  heard()
  try {
    const inWords =
      schema !== null && answers !== 'schema'
        ? `${system}\n\nAnswer with one JSON object and nothing else. Its JSON Schema:\n${JSON.stringify(schema)}`
        : system
    const stream = streamText({
      model: languageModel(provider, answers, checkedFetch({ allowPrivateHosts, maxBytes: mostBytes, onBytes: heard })),
      system: inWords,
      messages,
      maxRetries: 0,
      abortSignal: AbortSignal.any([signal, silence.signal]),
      onError: () => {},
      providerOptions: { anthropic: { structuredOutputMode: 'jsonTool' }, openai: { strictJsonSchema: true } },
      ...askedBy(provider.kind, answers, schema),
    })
    let text = ''
    let finished: { reason: string; inputTokens: number; outputTokens: number } | null = null
    for await (const part of stream.fullStream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'abort')
        throw silence.signal.reason ?? new AiFailure('stopped', 'It was stopped. Nothing was changed.')
      if (part.type === 'text-delta' || part.type === 'tool-input-delta') {
        text += part.type === 'text-delta' ? part.text : part.delta
        if (text.length > mostText) {
          throw new AiFailure(
            'too_large',
            'The answer grew far beyond any workflow and was cut off. Nothing was changed.',
          )
        }
        yield text
      }
      if (part.type === 'finish') {
        const { inputTokens = 0, outputTokens = 0 } = part.totalUsage
        finished = { reason: part.finishReason, inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 }
      }
    }
    if (silence.signal.aborted) throw silence.signal.reason
    if (finished === null || finished.reason === 'error' || (finished.reason === 'other' && text === '')) {
      throw new AiFailure(
        'broken_off',
        'The connection to the model broke off in the middle of its answer. Nothing was changed; try again.',
      )
    }
    if (finished.reason === 'length') {
      throw new AiFailure(
        'cut_short',
        'The model came to the end of what it may write before the workflow was whole. Ask for less at once, or take a model that may write more.',
      )
    }
    const { inputTokens, outputTokens } = finished
    return { text, inputTokens, outputTokens, answers }
  } catch (error) {
    if (silence.signal.aborted && !signal.aborted) throw silence.signal.reason
    throw error
  } finally {
    clearTimeout(timer)
    silence.abort()
  }
}
