import { count } from '../format.ts'

const size = { width: 56, height: 18 }

/** A few numbers over time as small bars, oldest first; their sum is said to readers. Nothing when all are 0. */
export function Spark({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(...values)
  if (values.length === 0 || most === 0) return null
  const step = size.width / values.length
  const total = values.reduce((sum, value) => sum + value, 0)
  return (
    <svg {...size} role="img" aria-label={`${count(total)} ${label}`} className="tl-spark">
      <title>{`${count(total)} ${label}: ${values.map((value) => count(value)).join(', ')}`}</title>
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(2, (value / most) * size.height)
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a place in time
            key={index}
            x={index * step + 1}
            y={size.height - height}
            width={step - 2}
            height={height}
            rx={1}
          />
        )
      })}
    </svg>
  )
}
