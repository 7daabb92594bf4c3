-- A run remembers every file of its program in place of the digest of one. The name is what follows the last slash.
UPDATE cloudwright_runs SET spec = ((spec::jsonb - 'digest') || jsonb_build_object(
    'files',
    jsonb_build_object(regexp_replace(spec::jsonb ->> 'program', '^.*/', ''), spec::jsonb ->> 'digest')
))::text
WHERE spec::jsonb -> 'digest' IS NOT NULL;

-- Every run was a deploy.
UPDATE cloudwright_runs SET spec = (jsonb_build_object('verb', 'deploy') || spec::jsonb)::text;
