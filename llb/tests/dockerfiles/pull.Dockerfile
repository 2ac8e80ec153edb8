# gen:pull=1
# gen:target=middle
FROM user/image:1@sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d AS first
RUN whoami
FROM first AS middle
COPY --chown=app . .
FROM middle AS last
RUN never
