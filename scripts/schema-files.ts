/** The JSON Schemas of a catalogue's YAML files for editors, made of those that the loader checks by. */
import { schemas } from '../src/rating/load/schema.ts'

/** Folder of the published schemas, from the root of the repository. */
export const schemaFolder = 'conf/schema'

const files = {
  catalogue: ['catalogue', 'catalogue.yaml: currency, time zone, emergency numbers, quota policy'],
  services: ['services', 'services.yaml: what rating groups mean'],
  zones: ['zones', 'zones.yaml: networks and countries'],
  destinations: ['destinations', 'destinations.yaml: called numbers'],
  offers: ['offer', 'offers/*.yaml: an offer with its allowances and prices']
} as const

/** Name and text of each file. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(files).map(([part, [name, title]]) => {
      const schema = {
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: `Gyro ${title}`,
        ...schemas[part as keyof typeof files]
      }
      return [`${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`]
    })
  )
}
