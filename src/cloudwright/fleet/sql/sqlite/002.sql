-- A run remembers every file of its program in place of the digest of one. The name is what follows the last slash.
UPDATE cloudwright_runs SET spec = json_set(
    json_remove(spec, '$.digest'),
    '$.files',
    json_object(
        replace(
            json_extract(spec, '$.program'),
            rtrim(json_extract(spec, '$.program'), replace(json_extract(spec, '$.program'), '/', '')),
            ''
        ),
        json_extract(spec, '$.digest')
    )
)
WHERE json_extract(spec, '$.digest') IS NOT NULL;

-- Every run was a deploy.
UPDATE cloudwright_runs SET spec = json_insert(spec, '$.verb', 'deploy');
