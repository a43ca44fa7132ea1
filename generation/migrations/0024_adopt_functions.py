from django.db import migrations

ADOPT = """
    DO $$ DECLARE function regprocedure; BEGIN
        FOR function IN
            SELECT oid FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'generation\\_%'
                AND obj_description(oid, 'pg_proc') IS NULL
        LOOP
            EXECUTE format('COMMENT ON FUNCTION %s IS %L', function, 'createio: {"source": ""}');
        END LOOP;
    END $$
"""


class Migration(migrations.Migration):
    """Mark functions that earlier migrations installed as ours, so that those which no file defines are dropped."""

    dependencies = [("generation", "0023_claim_order")]
    operations = [migrations.RunSQL(ADOPT, migrations.RunSQL.noop)]
