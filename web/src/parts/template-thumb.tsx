/** A template as its reader would see it, small: the server renders it, for a customer or somebody made up, and nothing in it can run. */
export function TemplateThumb({
  id,
  version,
  name,
  customerId,
}: {
  id: string
  version: number
  name: string
  customerId?: string | undefined
}) {
  return (
    <span className="tl-thumb" aria-hidden>
      <iframe
        title={name}
        tabIndex={-1}
        loading="lazy"
        sandbox=""
        src={`/api/v1/templates/${id}/html?version=${version}${customerId ? `&customer=${customerId}` : ''}`}
      />
    </span>
  )
}
