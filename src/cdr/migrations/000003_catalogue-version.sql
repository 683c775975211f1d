-- Every version of the catalogue that was ever in force, for CDRs that name it: its content in canonical JSON.
CREATE TABLE public.catalogue_version (
  version text NOT NULL,
  source text NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT catalogue_version_key PRIMARY KEY (version)
);
