/** Schema 2: an owner's uploads that have not ended, all of them or those of a bundle. */
export const onTheirWay = `
CREATE INDEX uploads_on_their_way ON uploads (owner) WHERE state IN ('active', 'assembling');
CREATE INDEX uploads_on_their_way_by_bundle ON uploads (owner, bundle ->> '$.id')
  WHERE state IN ('active', 'assembling') AND bundle IS NOT NULL;
`;
