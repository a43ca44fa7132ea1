from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0017_words")]
    operations = [
        migrations.AlterModelOptions(
            name="creditrequest",
            options={
                "ordering": ("-id",),
                "permissions": (
                    ("approve_credits", "Can decide on credits that other operators want to give or take away"),
                    ("write_off_debt", "Can write off what a workspace owes"),
                ),
            },
        ),
        migrations.AddField(
            model_name="creditrequest",
            name="purpose",
            field=models.CharField(
                choices=[("adjust", "Give or take away"), ("write_off", "Write off debt")],
                db_default="adjust",
                default="adjust",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="creditrequest",
            constraint=models.CheckConstraint(
                condition=~models.Q(purpose="write_off") | models.Q(credits__gt=0),
                name="credit_request_writes_off_debt",
            ),
        ),
        migrations.AlterField(
            model_name="creditpolicy",
            name="alone_up_to",
            field=models.PositiveIntegerField(
                default=4000,
                help_text="In credits, given, taken away and written off together, within 24 hours, whatever the "
                "workspaces. 0: a second operator has to agree to every one.",
                verbose_name="one operator alone, up to",
            ),
        ),
    ]
